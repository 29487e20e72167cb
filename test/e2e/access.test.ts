/** Who may enter, judged on what the provider says now: at a refresh, and for what is open already. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { reachProvider, signIn, signOut } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

const settings = { allow: { groups: ["admins"] } };

async function withSocket(t: TestContext) {
  const stack = await startStack(t, { settings });
  const alice = stack.browser();
  await signIn(alice, { url: `${stack.url}/` });
  const socket = alice.socket(`${stack.url}/ws`);
  await once(socket, "message");
  const stream = await alice.stream(`${stack.url}/api/events`);
  const streamEnded = once(stream.resume(), "close");
  return { ...stack, alice, closed: once(socket, "close"), streamEnded };
}

test("S73, S82: a group that is lost is 403 from the next refresh, and closes what is open", async (t) => {
  const { url, alice, idp, clock, closed, streamEnded } = await withSocket(t);
  const account = idp.accounts.get("alice");
  assert.ok(account !== undefined);
  idp.accounts.set("alice", { ...account, groups: ["staff"] });
  clock.advance(61);

  const answer = await alice.fetch(`${url}/api/whoami`);

  assert.equal(answer.status, 403);
  assert.equal((await closed)[0], 4403);
  await streamEnded;
  assert.equal((await alice.fetch(`${url}/api/auth/me`)).status, 200);
});

test("S60, S82: a refresh token that is dead ends the session, its sockets and its streams", async (t) => {
  const { url, alice, idp, clock, closed, streamEnded } = await withSocket(t);
  idp.revokeGrants("user-alice");
  clock.advance(61);

  const answer = await alice.fetch(`${url}/api/whoami`);

  assert.equal(answer.status, 401);
  assert.equal((answer.json() as { error: string }).error, "session_expired");
  assert.equal((await closed)[0], 4401);
  await streamEnded;
  assert.equal(alice.jar.header(new URL(url)), "");
});

test("S82: a session that has reached its absolute end closes its socket", async (t) => {
  const { url, browser, clock } = await startStack(t, {
    settings: { session: { max_lifetime_seconds: 120 } },
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`);
  await once(socket, "message");
  clock.advance(121);
  assert.equal((await once(socket, "close"))[0], 4401);
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 401);
});

test("a person who may not enter is told who is signed in, gets no ticket, and finds the way out", async (t) => {
  const { url, browser } = await startStack(t, { settings });
  const bob = browser();
  const landing = await bob.submit(await reachProvider(bob, `${url}/`), { user: "bob" });

  assert.equal(landing.status, 403);
  assert.match(landing.text, /bob@example\.com/);
  assert.match(landing.text, /action="\/auth\/logout"/);
  const of = async (path: string, method = "GET") =>
    (await bob.fetch(url + path, { method, headers: { origin: url } })).status;
  assert.deepEqual(
    [await of("/api/auth/me"), await of("/auth/account"), await of("/auth/verify")],
    [200, 200, 403],
  );
  assert.equal(await of("/api/auth/ws-ticket", "POST"), 403);
  const out = await signOut(bob, url);
  assert.match(out.url, /\/login\?logged_out=1$/);
  assert.equal(await of("/api/auth/me"), 401);
});
