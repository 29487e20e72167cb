import assert from "node:assert/strict";
import { test } from "node:test";
import { GateError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { cookieNames } from "../../src/http/cookie.ts";
import { createLoginStates, type LoginState } from "../../src/session/login-state.ts";
import { createSealer } from "../../src/session/seal.ts";
import { createSessionMemory } from "../../src/session/session-memory.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { exchange } from "../support/exchange.ts";
import { sealer, stem, testBrowser } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts(address?: string) {
  const runtime = testRuntime();
  const store = createMemoryStore({ runtime });
  const memory = createSessionMemory({ store, runtime, log: silentLog });
  const states = createLoginStates({ stem, sealer, runtime, memory });
  const browser = testBrowser(runtime, address);
  const login = (state: string, more: Partial<LoginState> = {}): LoginState => ({
    provider: "idp",
    secrets: { state, verifier: "verifier-marker", nonce: "nonce-marker" },
    next: "/sessions?tab=1",
    startedAt: runtime.now(),
    ...more,
  });
  const begin = async (state: string) =>
    browser.take(await states.begin(browser.request(), login(state)));
  return { runtime, memory, states, browser, login, begin };
}

test("S42: gives the login back to the browser that began it", async () => {
  const { states, browser, login, begin } = parts();
  assert.deepEqual(await begin("state-1"), []);
  assert.deepEqual(await states.open(browser.request(), "state-1"), login("state-1"));
});

test("S42: shows no secret of the login in the cookie", async () => {
  const { states, browser, login } = parts();
  const [cookie = ""] = await states.begin(browser.request(), login("state-marker"));
  assert.doesNotMatch(cookie, /marker|sessions/);
  const [name = ""] = cookieNames(cookie);
  assert.match(name, /^__Host-hermes_session_pkce_[\w-]{16}$/);
});

test("sets the cookie for 600 seconds with the attributes of the session cookies", async () => {
  const { states, browser, login } = parts("https://gate.example/hermes");
  const [cookie = ""] = await states.begin(browser.request(), login("state-1"));
  assert.match(cookie, /^__Secure-hermes_session_pkce_/);
  assert.ok(cookie.endsWith("; Max-Age=600; Path=/hermes; Secure; HttpOnly; SameSite=Lax"));
});

test("S36: has no login for another state, for none or for a huge one", async () => {
  const { states, browser, begin } = parts();
  await begin("state-1");
  for (const state of ["state-2", "", "state-1x", "x".repeat(100_000)]) {
    assert.equal(await states.open(browser.request(), state), undefined);
  }
});

test("S44: has no login for a browser that did not begin it", async () => {
  const { runtime, states, begin } = parts();
  await begin("state-1");
  assert.equal(await states.open(testBrowser(runtime).request(), "state-1"), undefined);
});

test("S36: has no login in a cookie that was renamed to another state's", async () => {
  const { states, browser, login } = parts();
  const [one = ""] = await states.begin(browser.request(), login("state-1"));
  const [two = ""] = await states.begin(browser.request(), login("state-2"));
  const [name = ""] = cookieNames(two);
  const value = one.slice(one.indexOf("=") + 1, one.indexOf(";"));
  assert.equal(await states.open(exchange({ cookie: `${name}=${value}` }), "state-2"), undefined);
});

test("S50: finds the login beside planted values under its name", async () => {
  const { states, browser, login } = parts();
  const [one = ""] = await states.begin(browser.request(), login("state-1"));
  const [name = ""] = cookieNames(one);
  const [pair] = one.split(";");
  const request = exchange({ cookie: `${name}=junk; ${name}=1~junk; ${pair}` });
  assert.deepEqual(await states.open(request, "state-1"), login("state-1"));
});

test("S55: has no login in a cookie of another secret", async () => {
  const { runtime, memory, browser, begin } = parts();
  await begin("state-1");
  const other = createSealer({ secrets: ["another gate's secret, just as long"] });
  const states = createLoginStates({ stem, sealer: other, runtime, memory });
  assert.equal(await states.open(browser.request(), "state-1"), undefined);
});

test("S43: has no login after 600 seconds, also for a client that keeps the cookie", async () => {
  const { runtime, states, browser, begin } = parts();
  await begin("state-1");
  const kept = browser.request();
  runtime.pass(599_999);
  assert.ok(await states.open(kept, "state-1"));
  runtime.pass(1);
  assert.equal(await states.open(kept, "state-1"), undefined);
});

test("S43: keeps five logins in a browser and drops the oldest", async () => {
  const { runtime, states, browser, begin } = parts();
  for (let index = 1; index <= 7; index += 1) {
    await begin(`state-${index}`);
    runtime.pass(1000);
  }
  assert.equal(browser.names().length, 5);
  const open = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7].map((index) => states.open(browser.request(), `state-${index}`)),
  );
  assert.deepEqual(
    open.map((login) => login !== undefined),
    [false, false, true, true, true, true, true],
  );
});

test("S43: drops the oldest whatever the order in which the browser sends them", async () => {
  const { runtime, states, browser, login, begin } = parts();
  for (let index = 1; index <= 5; index += 1) {
    await begin(`state-${index}`);
    runtime.pass(1000);
  }
  const pairs = browser.request().cookieHeader.split("; ");
  const [oldest = ""] = cookieNames(pairs[0] ?? "");
  const request = exchange({ cookie: pairs.toReversed().join("; ") });
  const [, ...dropped] = await states.begin(request, login("state-6"));
  assert.deepEqual(dropped.map(cookieNames), [[oldest, "Max-Age", "Path", "SameSite"]]);
});

test("S43: begins a login beside planted cookies whose names nobody can set", async () => {
  const { states, login } = parts();
  const planted = Array.from({ length: 9 }, (_, index) => `hermes_session_pkce_${index}:=x`);
  const request = exchange({ cookie: planted.join("; ") });
  assert.equal((await states.begin(request, login("state-1"))).length, 1);
  assert.deepEqual(states.clearAll(request), []);
});

test("S94: looks at two hundred planted login cookies and no more", async () => {
  const { states, login } = parts();
  const planted = Array.from({ length: 300 }, (_, index) => `hermes_session_pkce_${index}=x`);
  const request = exchange({ cookie: planted.join("; ") });
  const [, ...dropped] = await states.begin(request, login("state-1"));
  assert.equal(dropped.length, 196);
  assert.equal(states.clearAll(request).length, 200);
});

test("S43: a login that is begun again drops none of the others", async () => {
  const { browser, begin } = parts();
  for (let index = 1; index <= 5; index += 1) await begin(`state-${index}`);
  await begin("state-5");
  assert.equal(browser.names().length, 5);
});

test("S50: opens at most five values that stand under the name of one state", async () => {
  let opened = 0;
  const open = async () => {
    opened += 1;
    return undefined;
  };
  const { runtime, memory, states, browser, login } = parts();
  const [cookie = ""] = await states.begin(browser.request(), login("state-1"));
  const [name = ""] = cookieNames(cookie);
  const counting = { ...sealer, open };
  const others = createLoginStates({ stem, sealer: counting, runtime, memory });
  const planted = Array.from({ length: 100 }, (_, index) => `${name}=1~v${index}`);
  await others.open(exchange({ cookie: planted.join("; ") }), "state-1");
  assert.equal(opened, 5);
});

/** A request with the cookie of this state, in which the gate has sealed something else. */
async function holding(value: unknown) {
  const { states, browser, login } = parts();
  const [cookie = ""] = await states.begin(browser.request(), login("state-1"));
  const [name] = cookieNames(cookie);
  return exchange({ cookie: `${name}=1~${await sealer.seal(`${stem}_pkce`, value)}` });
}

test("S55: seals a login for no other purpose than a login", async () => {
  const { states, login } = parts();
  assert.deepEqual(await states.open(await holding(login("state-1")), "state-1"), login("state-1"));
});

const whole = { provider: "idp", next: "", startedAt: 1_790_000_123_456 };
const secrets = { state: "state-1", verifier: "v", nonce: "n" };
const wrongShapes: readonly (readonly [what: string, value: unknown])[] = [
  ["null", null],
  ["a text", "state-1"],
  ["no secrets", whole],
  ["secrets that are null", { ...whole, secrets: null }],
  ["no provider", { ...whole, secrets, provider: undefined }],
  ["no next", { ...whole, secrets, next: undefined }],
  ["no start", { ...whole, secrets, startedAt: "1790000123456" }],
  ["a state that is no text", { ...whole, secrets: { ...secrets, state: ["state-1"] } }],
];

for (const [what, value] of wrongShapes) {
  test(`S36: has no login in a sealed value with ${what}`, async () => {
    const { states } = parts();
    assert.equal(await states.open(await holding(value), "state-1"), undefined);
  });
}

test("S43: drops cookies whose age nobody can read before all others", async () => {
  const { states, begin, browser, login } = parts();
  for (let index = 1; index <= 4; index += 1) await begin(`state-${index}`);
  const cookie = `${browser.request().cookieHeader}; __Host-hermes_session_pkce_junk=junk`;
  const [, ...dropped] = await states.begin(exchange({ cookie }), login("state-5"));
  assert.equal(dropped.length, 1);
  assert.match(dropped[0] ?? "", /^__Host-hermes_session_pkce_junk=; Max-Age=0; /);
});

test("deletes the cookie of one state and leaves the others", async () => {
  const { states, browser, begin } = parts();
  await begin("state-1");
  await begin("state-2");
  browser.take(states.clear(browser.request(), "state-1"));
  assert.equal(await states.open(browser.request(), "state-1"), undefined);
  assert.ok(await states.open(browser.request(), "state-2"));
  assert.deepEqual(states.clear(browser.request(), "state-1"), []);
});

test("S92: deletes every login cookie that came and nothing else", async () => {
  const { states, browser, begin } = parts();
  await begin("state-1");
  await begin("state-2");
  browser.take(["theme=dark; Path=/", "hermes_session_at=x; Path=/"]);
  assert.equal(states.anyLoginCookie(browser.request()), true);
  browser.take(states.clearAll(browser.request()));
  assert.deepEqual(browser.names(), ["theme", "hermes_session_at"]);
  assert.equal(states.anyLoginCookie(browser.request()), false);
});

test("S43: lets a state be claimed once until its cookie would have expired", async () => {
  const { runtime, states } = parts();
  assert.equal(await states.claim("state-1"), true);
  assert.equal(await states.claim("state-1"), false);
  assert.equal(await states.claim("state-2"), true);
  runtime.pass(599_999);
  assert.equal(await states.claim("state-1"), false);
  runtime.pass(1);
  assert.equal(await states.claim("state-1"), true);
});

test("refuses a login that does not fit one cookie", async () => {
  const { runtime, states, browser, login } = parts();
  const next = `/${runtime.randomBytes(4000).toString("base64url")}`;
  await assert.rejects(states.begin(browser.request(), login("state-1", { next })), (error) => {
    assert.ok(error instanceof GateError);
    const { cookie, bytes, limit } = error.facts;
    assert.deepEqual([error.code, cookie, limit], ["internal", "hermes_session_pkce", 4096]);
    return Number(bytes) > 4096;
  });
});

test("holds a next of 2048 characters that cannot be shortened", async () => {
  const { runtime, states, browser, login } = parts(`https://gate.example/${"p".repeat(200)}`);
  const next = `/${runtime.randomBytes(1536).toString("base64url")}`.slice(0, 2048);
  browser.take(await states.begin(browser.request(), login("state-1", { next })));
  assert.equal((await states.open(browser.request(), "state-1"))?.next, next);
});
