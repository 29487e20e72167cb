/** The gate as a process: what its end does to those who are connected, and what outlives it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { signIn } from "../support/sign-in.ts";
import { startProcess } from "./process.ts";

test("a stopping gate closes sockets 1012 and ends with exit code 0; sessions outlive it", async (t) => {
  const { url, alice, gate, start } = await startProcess(t);
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`);
  await once(socket, "message");
  const closed = once(socket, "close");

  await gate.stop();

  assert.equal((await closed)[0], 1012);
  assert.equal(await gate.ended, "the gate ended with exit code 0");
  await assert.rejects(alice.fetch(`${url}/api/whoami`));
  await start();
  const answer = await alice.fetch(`${url}/api/whoami`);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.setCookies, []);
});
