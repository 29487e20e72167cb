/** What holds over several gates on one store, and what is left of it while the store is away. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { Browser } from "../support/browser.ts";
import { refusal } from "../support/refusal.ts";
import { reachProvider, signIn, signOut } from "../support/sign-in.ts";
import { expired } from "./expired.ts";
import { startFleet } from "./fleet.ts";

const mint = (browser: Browser, url: string) =>
  browser.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { origin: url, "sec-fetch-site": "same-origin" },
  });

async function ticketOf(browser: Browser, url: string): Promise<string> {
  const answer = await mint(browser, url);
  assert.equal(answer.status, 200, answer.text);
  return (answer.json() as { ticket: string }).ticket;
}

/** Resolves when each gate mints tickets again. */
async function backAt(browser: Browser, gates: readonly { readonly url: string }[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (const { url } of gates) {
    while ((await mint(browser, url)).status !== 200) {
      assert.ok(performance.now() < deadline, `${url} mints no tickets`);
    }
  }
}

test("S67: 50 stale requests over two gates are one token call and 50 answers 200", async (t) => {
  const fleet = await startFleet(t, { accessTokenSeconds: 8 });
  if (fleet === undefined) return;
  const { gates, idp } = fleet;
  const alice = fleet.browser();
  await signIn(alice, { url: `${gates[0].url}/` });
  await expired(alice, gates[0].url);
  const old = alice.jar.header(new URL(gates[0].url));

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      alice.fetch(`${gates[index % 2 === 0 ? 0 : 1].url}/api/whoami`),
    ),
  );

  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ text }) => text),
    [],
  );
  assert.equal(idp.tokenCalls().refreshToken, 1);
  for (const answer of answers) assert.equal(answer.setCookies.length, 2);

  const third = await fleet.start();
  const late = fleet.browser();
  const replayed = await late.fetch(`${third.url}/api/whoami`, { headers: { cookie: old } });
  assert.equal(replayed.status, 200, "a gate that starts later replays the result");
  assert.ok(idp.tokenCalls().refreshToken <= 2, "at most the next rotation was made");
  await expired(alice, gates[0].url);
  assert.equal((await alice.fetch(`${gates[1].url}/api/whoami`)).status, 200, "the family lives");
});

test("S76: a ticket from one gate opens a socket at the other, once", async (t) => {
  const fleet = await startFleet(t);
  if (fleet === undefined) return;
  const [first, second] = fleet.gates;
  const alice = fleet.browser();
  await signIn(alice, { url: `${first.url}/` });
  const ticket = await ticketOf(alice, first.url);
  const program = { headers: { origin: "", cookie: "" } };
  const socket = alice.socket(`${second.url}/ws?ticket=${ticket}`, program);
  await once(socket, "message");
  for (const { url } of fleet.gates) {
    assert.equal(await refusal(alice.socket(`${url}/ws?ticket=${ticket}`, program)), 401);
  }
  socket.close();
});

test("S68: a sign-out at one gate ends the session and its sockets at the others within a second", async (t) => {
  const fleet = await startFleet(t);
  if (fleet === undefined) return;
  const [first, second] = fleet.gates;
  const alice = fleet.browser();
  await signIn(alice, { url: `${first.url}/` });
  const copied = alice.jar.header(new URL(first.url));
  assert.equal((await alice.fetch(`${second.url}/api/whoami`)).status, 200);
  const socket = alice.socket(`${second.url}/ws`);
  await once(socket, "message");
  const closed = once(socket, "close");

  const started = performance.now();
  await signOut(alice, first.url);

  assert.equal((await closed)[0], 4401);
  assert.ok(performance.now() - started < 1000);
  const thief = fleet.browser();
  const later = await fleet.start();
  for (const { url } of [first, second, later]) {
    const answer = await thief.fetch(`${url}/api/whoami`, { headers: { cookie: copied } });
    assert.equal(answer.status, 401, url);
  }
});

test("S43: a callback that one gate has had makes no token call at another", async (t) => {
  const fleet = await startFleet(t);
  if (fleet === undefined) return;
  const [first, second] = fleet.gates;
  const alice = fleet.browser();
  const form = await reachProvider(alice, `${first.url}/`);
  const cookie = alice.jar.header(new URL(first.url));
  const landing = await alice.submit(form, { user: "alice" });
  const callback = landing.hops.find(({ url }) => url.includes("/auth/callback?"));
  assert.ok(callback !== undefined && cookie.includes("_pkce_"));

  const { pathname, search } = new URL(callback.url);
  const thief = fleet.browser();
  const answer = await thief.step(`${second.url}${pathname}${search}`, { headers: { cookie } });

  assert.equal(answer.status, 400);
  assert.match(answer.text, /already been completed/);
  assert.equal(fleet.idp.tokenCalls().total, 1);
});

test("while the store is away sessions and refreshes go on, tickets do not; all is well when it is back", async (t) => {
  const fleet = await startFleet(t, { accessTokenSeconds: 6 });
  if (fleet === undefined) return;
  const { redis, idp } = fleet;
  const [first, second] = fleet.gates;
  const [alice, bob] = [fleet.browser(), fleet.browser()];
  await signIn(alice, { url: `${first.url}/` });
  await signIn(bob, { url: `${first.url}/`, user: "bob" });
  const ticket = await ticketOf(alice, first.url);
  const copied = { headers: { cookie: bob.jar.header(new URL(first.url)) } };
  const socket = bob.socket(`${second.url}/ws`);
  await once(socket, "message");
  const closed = once(socket, "close");

  await redis.stop();
  assert.equal((await alice.fetch(`${second.url}/api/whoami`)).status, 200, "no store is asked");
  const refused = await mint(alice, first.url);
  assert.equal(refused.status, 503);
  assert.match(refused.headers["retry-after"] ?? "", /^[1-9]\d*$/);
  const held = { headers: { cookie: "" } };
  assert.equal(await refusal(alice.socket(`${second.url}/ws?ticket=${ticket}`, held)), 1013);
  await signOut(bob, first.url);
  const thief = fleet.browser();
  const denied = await thief.fetch(`${first.url}/api/whoami`, copied);
  assert.equal(denied.status, 401, "where it was made it holds");

  await expired(alice, first.url);
  const before = idp.tokenCalls().refreshToken;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => alice.fetch(`${first.url}/api/whoami`)),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(idp.tokenCalls().refreshToken, before + 1);

  await redis.start();
  assert.equal((await closed)[0], 4401, "the sign-out is told");
  await backAt(alice, fleet.gates);
  const again = await ticketOf(alice, second.url);
  const opened = alice.socket(`${first.url}/ws?ticket=${again}`, held);
  await once(opened, "message");
  opened.close();
  for (const { process } of fleet.gates) {
    const said = process.output().split("\n");
    assert.equal(said.filter((line) => line.includes("the store does not answer")).length, 1);
    assert.ok(!process.output().includes("the password of the store"));
  }
});
