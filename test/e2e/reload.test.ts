/** A person who is signed in while the rules change. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { signIn } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

test("S82: allow is judged anew at a reload: 403 at the next request, which ends the sockets too", async (t) => {
  const { url, browser, reload } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`);
  t.after(() => socket.terminate());
  await once(socket, "open");
  const whoami = async () => (await alice.fetch(`${url}/api/whoami`)).status;

  assert.deepEqual(reload({ allow: { subjects: ["somebody-else"] } }), {
    taken: ["allow"],
    fixed: [],
  });
  assert.equal(socket.readyState, socket.OPEN, "no connection is dropped by the reload itself");
  const closed = once(socket, "close");
  assert.equal(await whoami(), 403);
  const [code] = await closed;
  assert.equal(code, 4403);

  reload({ allow: { subjects: ["user-alice"] } });
  assert.equal(await whoami(), 200, "the session itself has not ended");
  assert.deepEqual(reload({ bearer: false, gate_base: "/gate" }).fixed, ["gate_base"]);
  assert.equal(await whoami(), 200);
});
