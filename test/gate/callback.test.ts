import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidCode, LoginRefused, ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  cookiesOf,
  createTestGate,
  fieldsOf,
  type GateBrowser,
  locationOf,
  replyOf,
  signedInAt,
  signInAt,
  stateOf,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

/** A browser on its way back from the provider. */
async function onItsWay(browser: GateBrowser, query = "provider=idp&next=%2Fdeep") {
  const state = stateOf(replyOf(await browser.ask(`/auth/login?${query}`)));
  return { state, callback: `/auth/callback?code=good&state=${state}` };
}

const session = ["__Host-hermes_session_at", "__Host-hermes_session_rt"];

test("signs in: sets the session's cookies, deletes the login's, and lands on next", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  const [login] = browser.names();
  const reply = replyOf(await browser.ask(callback));
  assert.equal(reply.status, 302);
  assert.equal(locationOf(reply), "/deep");
  assert.deepEqual(cookiesOf(reply).set, session);
  assert.ok(cookiesOf(reply).deleted.includes(login ?? "none"));
  assert.deepEqual(browser.names().toSorted(), session);
  assert.equal((await browser.ask("/")).kind, "forward");
  const [redeemed] = parts.provider.redeemed;
  assert.equal(redeemed?.secrets.verifier, "v".repeat(43));
  assert.equal(redeemed?.redirectUri, parts.provider.started[0]?.redirectUri);
  assert.deepEqual(parts.audited.at(-1), {
    event: "login_success",
    fields: { provider: "idp", user_id: "ada", email: "ada@example.com" },
  });
});

test("lands on the prefix once, and on the base without next", async () => {
  const browser = createTestGate().browser("https://gate.example/hermes");
  for (const [next, landing] of [
    ["/deep?x=1", "/hermes/deep?x=1"],
    ["/hermes/deep", "/hermes/deep"],
    ["/hermes", "/hermes/"],
    [undefined, "/hermes/"],
  ] as const) {
    const landed = await signInAt(browser, next === undefined ? {} : { next });
    assert.equal(locationOf(landed), landing);
  }
});

test("S29: never reads a next from its own query", async () => {
  const browser = createTestGate().browser();
  const { callback } = await onItsWay(browser, "provider=idp");
  assert.equal(locationOf(replyOf(await browser.ask(`${callback}&next=%2Fother`))), "/");
});

const malformed: readonly (readonly [name: string, query: (state: string) => string])[] = [
  ["no query", () => ""],
  ["no state", () => "code=good"],
  ["an empty state", () => "code=good&state="],
  ["neither code nor error", (state) => `state=${state}`],
  ["an empty code", (state) => `code=&state=${state}`],
  ["an empty error", (state) => `code=good&error=&state=${state}`],
  ["an empty iss", (state) => `code=good&iss=&state=${state}`],
  ["two codes", (state) => `code=good&code=good&state=${state}`],
  ["two states", (state) => `code=good&state=${state}&state=${state}`],
  ["two errors", (state) => `error=a&error=b&state=${state}`],
  ["two issuers", (state) => `code=good&iss=a&iss=b&state=${state}`],
  ["two descriptions", (state) => `error=a&error_description=b&error_description=c&state=${state}`],
  ["two session states", (state) => `code=good&session_state=a&session_state=b&state=${state}`],
  ["a repetition in another spelling", (state) => `code=good&c%6fde=x&state=${state}`],
  ["a code that is no text", (state) => `code=%ff&state=${state}`],
  ["a state that is no text", () => "code=good&state=%c3%28"],
  ["a huge code", (state) => `code=${"a".repeat(9000)}&state=${state}`],
];

for (const [name, query] of malformed) {
  test(`S37: refuses an answer with ${name}, and asks nobody`, async () => {
    const parts = createTestGate();
    const browser = parts.browser();
    const { state, callback } = await onItsWay(browser);
    const reply = replyOf(await browser.ask(`/auth/callback?${query(state)}`));
    assert.equal(reply.status, 400);
    assert.match(reply.body, /answer is malformed/);
    assert.deepEqual(parts.provider.redeemed, []);
    assert.equal(replyOf(await browser.ask(callback)).status, 302, "the login is still good");
  });
}

test("S36: redeems nothing for a state of another browser's login", async () => {
  const parts = createTestGate();
  const attacker = await onItsWay(parts.browser());
  const victim = parts.browser();
  await onItsWay(victim);
  const reply = replyOf(await victim.ask(attacker.callback));
  assert.notEqual(reply.status, 200);
  assert.deepEqual(parts.provider.redeemed, []);
  assert.deepEqual(cookiesOf(reply).set, []);
});

test("S36: deletes the login cookie whether or not the code is good", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { state } = await onItsWay(browser);
  const reply = replyOf(await browser.ask(`/auth/callback?code=bad&state=${state}`));
  assert.equal(reply.status, 400);
  assert.equal(cookiesOf(reply).deleted.length, 1);
  assert.deepEqual(browser.names(), []);
});

test("S43: a replay from the same browser lands, and makes no second token call", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  const before = browser.copy();
  await browser.ask(callback);
  const again = replyOf(await browser.ask(callback));
  assert.equal(locationOf(again), "/");
  const copied = replyOf(await before.ask(callback));
  assert.equal(copied.status, 400);
  assert.match(copied.body, /already been completed/);
  assert.match(copied.body, /href="\/auth\/login\?provider=idp&amp;next=%2Fdeep"/);
  assert.deepEqual(cookiesOf(copied).set, []);
  assert.equal(parts.provider.redeemed.length, 1);
});

test("S43: a replay with both cookies lands on next", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  const held = browser.exchange(callback).cookieHeader;
  await browser.ask(callback);
  const cookie = `${browser.exchange("/").cookieHeader}; ${held}`;
  const again = replyOf(await parts.admit({ url: callback, cookie }));
  assert.equal(locationOf(again), "/deep");
  assert.equal(parts.provider.redeemed.length, 1);
});

test("S44: without its cookie a callback redeems nothing: a page with a sign-in link", async () => {
  const parts = createTestGate();
  const reply = replyOf(await parts.admit({ url: "/auth/callback?code=good&state=forged" }));
  assert.equal(reply.status, 400);
  assert.match(reply.body, /href="\/login"[^>]*>Try again</);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
  assert.deepEqual(parts.provider.redeemed, []);
});

test("S44: without its cookie, but with a session, a callback goes to the landing page", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts, "https://gate.example/hermes");
  const reply = replyOf(await browser.ask("/auth/callback?code=good&state=forged"));
  assert.equal(locationOf(reply), "/hermes/");
  assert.equal(parts.provider.redeemed.length, 1);
});

test("S35: restarts a login once when a gate cookie came, and marks it", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  await onItsWay(browser);
  const lost = replyOf(await browser.ask("/auth/callback?code=good&state=lost"));
  assert.equal(lost.status, 302);
  assert.equal(locationOf(lost), "/auth/login?provider=idp&restarted=1");
  const state = stateOf(replyOf(await browser.ask(locationOf(lost))));
  const again = replyOf(await browser.ask(`/auth/callback?code=good&state=x${state}`));
  assert.equal(again.status, 302, "a state that is not marked is restarted");
  const marked = replyOf(await browser.ask(`/auth/callback?code=good&state=${state}x`));
  assert.equal(marked.status, 400);
  assert.deepEqual(parts.provider.redeemed, []);
});

test("S35: restarts nothing where the person has to choose the provider", async () => {
  const parts = createTestGate({
    providers: (runtime) => [gateProvider(runtime), gateProvider(runtime, { name: "other" })],
  });
  const browser = parts.browser();
  await onItsWay(browser);
  assert.equal(replyOf(await browser.ask("/auth/callback?code=good&state=lost")).status, 400);
});

test("S44: a login that took more than ten minutes redeems nothing", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  const cookie = browser.exchange(callback).cookieHeader;
  parts.runtime.pass(600_000);
  const reply = replyOf(await parts.admit({ url: callback, cookie }));
  assert.notEqual(locationOf(reply), "/deep");
  assert.deepEqual(parts.provider.redeemed, []);
});

test("S48: shows the provider's own words escaped and cut, once the state has matched", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { state } = await onItsWay(browser);
  const text = `<script>alert(1)</script>${"x".repeat(300)}`;
  parts.provider.onComplete = () => Promise.reject(new LoginRefused("access_denied", text));
  const reply = replyOf(await browser.ask(`/auth/callback?error=access_denied&state=${state}`));
  assert.equal(reply.status, 400);
  assert.match(reply.body, /The sign-in service refused the sign-in\./);
  assert.match(reply.body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;x{174}…</);
  assert.doesNotMatch(reply.body, /<script/);
  assert.match(reply.body, /href="\/auth\/login\?provider=idp&amp;next=%2Fdeep"[^>]*>Try again</);
});

test("S48: shows no words of an answer whose state is nobody's", async () => {
  const { admit } = createTestGate();
  const query = "error=access_denied&error_description=Call+0800&state=forged";
  const reply = replyOf(await admit({ url: `/auth/callback?${query}` }));
  assert.equal(reply.status, 400);
  assert.doesNotMatch(reply.body, /0800|access_denied/);
});

const failures = [
  { error: new InvalidCode("marker"), status: 400, code: "login_invalid_code" },
  {
    error: new InvalidCode("marker", { tooLarge: true }),
    status: 500,
    code: "login_token_too_large",
  },
  { error: new ProviderUnavailable("marker"), status: 503, code: "provider_unavailable" },
] as const;

for (const { error, status, code } of failures) {
  test(`${error.name} at the exchange is a ${status} page, ${code}, without its words`, async () => {
    const parts = createTestGate();
    const browser = parts.browser();
    const { callback } = await onItsWay(browser);
    parts.provider.onComplete = () => Promise.reject(error);
    const reply = replyOf(await browser.ask(callback));
    assert.equal(reply.status, status);
    assert.match(fieldsOf(reply, "content-type").join(), /^text\/html/);
    assert.doesNotMatch(reply.body, /marker/);
    assert.equal(fieldsOf(reply, "retry-after").length, status === 503 ? 1 : 0);
    assert.deepEqual(parts.audited.at(-1), {
      event: "login_failure",
      fields: { provider: "idp", error: code },
    });
  });
}

test("S60: an outage at the exchange leaves an older session alone", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  const { callback } = await onItsWay(browser);
  parts.provider.onComplete = () => Promise.reject(new ProviderUnavailable("down"));
  assert.equal(replyOf(await browser.ask(callback)).status, 503);
  assert.deepEqual(browser.names().toSorted(), session);
  assert.equal((await browser.ask("/")).kind, "forward");
});

test("S9: a bug at the exchange signs nobody in, and is a page to try again from", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  parts.provider.onComplete = () => Promise.reject(new TypeError("a bug"));
  const reply = replyOf(await browser.ask(callback));
  assert.equal(reply.status, 500);
  assert.match(reply.body, />Try again</);
  assert.doesNotMatch(reply.body, /a bug/);
  assert.deepEqual(browser.names(), [], "the login is over, and no session has begun");
  assert.equal(parts.audited.at(-1)?.event, "login_failure");
  assert.match(parts.logged.join("\n"), /^error provider idp failed/m);
});

test("a session that fits no cookies ends the sign-in by a page, and is said in the log", async () => {
  const parts = createTestGate({ passAccessToken: true });
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  parts.provider.granting = { accessToken: parts.runtime.randomBytes(20_000).toString("hex") };
  const reply = replyOf(await browser.ask(callback));
  assert.equal(reply.status, 500);
  assert.match(reply.body, /too large to be kept in cookies/);
  assert.deepEqual(cookiesOf(reply).set, []);
  assert.match(
    parts.logged.join("\n"),
    /^warn Your account's details are too large.*"cookie":"hermes_session_at"/m,
  );
});

test("S45: a planted session is overwritten, and its id is not taken over", async () => {
  const parts = createTestGate();
  const victim = (await signedInAt(parts)).copy();
  const planted = await parts.sessions.peek(victim.exchange("/"));
  await signInAt(victim);
  const own = await parts.sessions.peek(victim.exchange("/"));
  assert.ok(planted && own);
  assert.notEqual(own.id, planted.id);
});

test("a provider that is gone from the configuration is a page with the way to the login page", async () => {
  const names = ["idp"];
  const parts = createTestGate({
    providers: (runtime) => names.map((name) => gateProvider(runtime, { name })),
  });
  const other = createTestGate({
    providers: (runtime) => [gateProvider(runtime, { name: "new" })],
  });
  const browser = parts.browser();
  const { callback } = await onItsWay(browser);
  const cookie = browser.exchange(callback).cookieHeader;
  const reply = replyOf(await other.admit({ url: callback, cookie }));
  assert.equal(reply.status, 404);
  assert.match(reply.body, /href="\/login\?next=%2Fdeep"/);
});

test("S101: no code, state or verifier of a sign-in is logged or audited", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const { state, callback } = await onItsWay(browser);
  await browser.ask(callback);
  await browser.ask(callback);
  const trail = JSON.stringify([parts.audited, parts.logged]);
  assert.ok(parts.audited.length > 1);
  for (const secret of [state, "vvvv", "nnnn", "rt-1", "at-1"]) {
    assert.ok(!trail.includes(secret), secret);
  }
});
