/** One session through the expiry of its access tokens, against a provider that revokes a family on the first replay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, createBrowser } from "../support/browser.ts";
import { signIn, signOut } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** The names of the cookies that the answer deletes. */
function cleared(answer: Answer): readonly string[] {
  return answer.setCookies
    .filter((cookie) => /;\s*max-age=0/i.test(cookie))
    .map((cookie) => cookie.slice(0, cookie.indexOf("=")))
    .sort();
}

const everyVariant = [
  "__Host-hermes_session_at",
  "__Host-hermes_session_rt",
  "__Secure-hermes_session_at",
  "__Secure-hermes_session_rt",
  "hermes_session_at",
  "hermes_session_rt",
];

test("a person signs in at the provider and lands on the page that was asked for", async (t) => {
  const { url, browser, idp, audit } = await startStack(t);
  const alice = browser();
  const landing = await signIn(alice, { url: `${url}/?view=%2Fdeep` });
  assert.equal(landing.url, `${url}/?view=%2Fdeep`);
  assert.match(landing.text, /Sample dashboard/);
  assert.deepEqual((await alice.fetch(`${url}/api/whoami`)).json(), {
    user: "user-alice",
    email: "alice@example.com",
    name: "alice",
    groups: "admins,staff",
    provider: "demo",
  });
  assert.equal(idp.tokenCalls().total, 1);
  assert.deepEqual(
    alice.jar.cookiesFor(new URL(url)).map(({ name }) => name),
    ["hermes_session_at", "hermes_session_rt"],
  );
  assert.deepEqual(
    audit().map(({ event }) => event),
    ["login_start", "login_success"],
  );
});

test("50 parallel requests with an expired access token are 50 answers 200 and one token call", async (t) => {
  const { url, browser, idp, clock, audit } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const before = alice.jar.header(new URL(url));
  clock.advance(61);

  const answers = await Promise.all(times(50, () => alice.fetch(`${url}/api/whoami`)));

  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ text }) => text),
    [],
  );
  assert.equal(idp.tokenCalls().refreshToken, 1);
  assert.equal(audit().filter(({ event }) => event === "refresh_success").length, 1);
  for (const answer of answers) assert.equal(answer.setCookies.length, 2);
  assert.notEqual(alice.jar.header(new URL(url)), before);
  assert.equal((await alice.fetch(`${url}/api/whoami`)).setCookies.length, 0);
});

test("the old cookies still work within 30 seconds of the refresh, and cost no second token call", async (t) => {
  const { url, browser, idp, clock } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const old = alice.jar.header(new URL(url));
  clock.advance(61);
  await alice.fetch(`${url}/api/whoami`);
  clock.advance(29);

  const late = createBrowser();
  t.after(() => late.close());
  const answer = await late.fetch(`${url}/api/whoami`, { headers: { cookie: old } });

  assert.equal(answer.status, 200);
  assert.equal(idp.tokenCalls().refreshToken, 1);
  assert.equal(
    (await late.fetch(`${url}/api/whoami`)).status,
    200,
    "with the cookies of that answer",
  );
});

test("one person's dead refresh token ends that session alone, all name variants cleared", async (t) => {
  const { url, browser, idp, clock, audit } = await startStack(t);
  const [alice, bob] = [browser(), browser()];
  await signIn(alice, { url: `${url}/` });
  await signIn(bob, { url: `${url}/`, user: "bob" });
  idp.revokeGrants("user-alice");
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 200, "until the token expires");
  clock.advance(61);

  const answer = await alice.fetch(`${url}/api/whoami`, {
    headers: { referer: `${url}/?view=1`, "sec-fetch-site": "same-origin" },
  });

  assert.equal(answer.status, 401);
  assert.deepEqual(answer.json(), {
    error: "session_expired",
    detail: "Unauthorized",
    reason: "invalid_or_expired_session",
    login_url: "/login?next=%2F%3Fview%3D1",
  });
  assert.deepEqual(cleared(answer), everyVariant);
  assert.equal(alice.jar.header(new URL(url)), "");
  assert.equal((await bob.fetch(`${url}/api/whoami`)).status, 200);
  assert.equal(audit().filter(({ event }) => event === "refresh_failure").length, 1);
});

test("two browsers of one person do not touch each other's session", async (t) => {
  const { url, browser, clock, idp } = await startStack(t);
  const [desk, phone] = [browser(), browser()];
  await signIn(desk, { url: `${url}/` });
  await signIn(phone, { url: `${url}/` });
  clock.advance(61);
  assert.equal((await desk.fetch(`${url}/api/whoami`)).status, 200);
  assert.equal((await phone.fetch(`${url}/api/whoami`)).status, 200);
  assert.equal(idp.tokenCalls().refreshToken, 2);
  await signOut(desk, url);
  assert.equal((await desk.fetch(`${url}/api/whoami`)).status, 401);
  assert.equal((await phone.fetch(`${url}/api/whoami`)).status, 200);
});

test("while the provider is down a valid session goes on, and an expired one waits with its cookies", async (t) => {
  const { url, browser, clock, idp } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const held = alice.jar.header(new URL(url));
  await idp.stop();
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 200, "valid");
  clock.advance(61);

  const call = await alice.fetch(`${url}/api/whoami`);
  assert.equal(call.status, 503);
  assert.match(call.headers["retry-after"] ?? "", /^[1-9]\d*$/);
  assert.deepEqual(call.setCookies, []);
  const page = await alice.step(`${url}/`);
  assert.equal(page.status, 503);
  assert.match(page.headers["content-type"] ?? "", /^text\/html/);
  assert.deepEqual(page.setCookies, []);
  const left = alice.jar.header(new URL(url));
  assert.ok(left !== "" && held.endsWith(left), "only the access cookie has aged out");

  await idp.start();
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 200, "after the outage");
});

test("a provider that answers 500, 429 or nonsense is an outage, not the end of a session", async (t) => {
  const { url, browser, clock, idp } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  clock.advance(61);
  for (const status of [500, 503, 429]) {
    idp.failTokenCalls({ status });
    const answer = await alice.fetch(`${url}/api/whoami`);
    assert.deepEqual([status, answer.status, answer.setCookies], [status, 503, []]);
  }
  idp.failTokenCalls();
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 200);
});

test("a page asked for with a dead session leads to the sign-in and back to that page", async (t) => {
  const { url, browser, clock, idp } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  idp.revokeGrants();
  clock.advance(61);
  const page = await alice.step(`${url}/?tab=2`);
  assert.equal(page.status, 302);
  assert.equal(page.headers.location, "/login?next=%2F%3Ftab%3D2");
  assert.deepEqual(cleared(page), everyVariant);
});

test("S68: after signing out a copy of the cookies is dead, expired or not", async (t) => {
  const { url, browser, clock, idp } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const copied = alice.jar.header(new URL(url));
  const page = await signOut(alice, url);
  assert.equal(page.url, `${url}/login?logged_out=1`);
  assert.equal(alice.jar.header(new URL(url)), "");

  const thief = createBrowser();
  t.after(() => thief.close());
  const use = () => thief.fetch(`${url}/api/whoami`, { headers: { cookie: copied } });
  assert.equal((await use()).status, 401);
  clock.advance(61);
  assert.equal((await use()).status, 401);
  assert.equal(idp.tokenCalls().refreshToken, 0);
});
