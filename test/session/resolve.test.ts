import assert from "node:assert/strict";
import { test } from "node:test";
import { GateError } from "../../src/base/errors.ts";
import { type Grant, ProviderUnavailable, RefreshExpired } from "../../src/provider/contract.ts";
import type { Sealer } from "../../src/session/seal.ts";
import type { Resolution } from "../../src/session/session.ts";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import {
  ada,
  isPromise,
  sealer,
  sessionParts,
  signedIn,
  type TestProvider,
  testBrowser,
} from "../support/session-parts.ts";

function cookiesOf(resolution: Resolution): readonly string[] {
  assert.equal(resolution.kind, "refreshed");
  return resolution.kind === "refreshed" ? resolution.cookies() : [];
}

test("finds no session where no session cookie came, without a promise", () => {
  const { sessions } = sessionParts();
  assert.deepEqual(sessions.resolve(exchange()), { kind: "absent" });
  assert.deepEqual(sessions.resolve(exchange({ cookie: "theme=dark" })), { kind: "absent" });
});

const dead = [
  "__Host-hermes_session_at=junk",
  "__Host-hermes_session_rt=",
  "__Host-hermes_session_at.1=x",
];
for (const cookie of dead) {
  test(`calls a session expired whose cookies came as ${cookie}`, async () => {
    const { sessions } = sessionParts();
    assert.deepEqual(await sessions.resolve(exchange({ cookie })), { kind: "expired" });
  });
}

test("finds an active session, the second time without a promise", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const first = await parts.sessions.resolve(browser.request());
  assert.equal(first.kind, "active");
  const second = parts.sessions.resolve(browser.request());
  assert.ok(!isPromise(second));
  assert.deepEqual(second, first);
  assert.ok(first.kind === "active" && first.hasRefreshToken);
  assert.deepEqual(first.session.identity, ada);
});

test("S68: denies an ended session on a cookie that was seen before", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const first = await parts.sessions.resolve(browser.request());
  assert.ok(first.kind === "active");
  await parts.sessions.end(first.session);
  assert.deepEqual(parts.sessions.resolve(browser.request()), { kind: "expired" });
});

test("S68: denies a copied cookie after the session ended, refreshable or not", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const session = await parts.sessions.peek(browser.request());
  assert.ok(session);
  await parts.sessions.end(session);
  parts.runtime.pass(61_000);
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, []);
});

test("refreshes after the access cookie has gone and sets both cookies anew", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  assert.deepEqual(browser.names(), ["__Host-hermes_session_rt"]);
  const resolution = await parts.sessions.resolve(browser.request());
  assert.ok(resolution.kind === "refreshed" && resolution.hasRefreshToken);
  browser.take(cookiesOf(resolution));
  assert.deepEqual(browser.names().toSorted(), [
    "__Host-hermes_session_at",
    "__Host-hermes_session_rt",
  ]);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
});

test("S57: answers 50 parallel requests with one call and the same cookies", async () => {
  let opened = 0;
  const counting: Sealer = {
    seal: sealer.seal,
    open: async (purpose, sealed) => {
      const value = await sealer.open(purpose, sealed);
      opened += 1;
      return value;
    },
  };
  const parts = sessionParts({ sealer: counting });
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  const held = Promise.withResolvers<void>();
  parts.provider.answer = () => held.promise.then(() => parts.provider.login());
  const waiting = Array.from({ length: 50 }, () => parts.sessions.resolve(browser.request()));
  // All have read their cookie, and what follows from that has run, before the provider answers.
  await eventually("all have read their cookie", () => opened === 50);
  await new Promise(setImmediate);
  held.resolve();
  const resolutions = await Promise.all(waiting);
  resolutions.push(await parts.sessions.resolve(browser.request()));
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
  assert.equal(new Set(resolutions.map((found) => cookiesOf(found).join())).size, 1);
  assert.equal(parts.audited.filter(({ event }) => event === "refresh_success").length, 1);
});

test("S57: keeps a session through many expiries although each answer but one is lost", async () => {
  const parts = sessionParts({ lifeMs: 1000 });
  const browser = await signedIn(parts);
  for (let round = 0; round < 20; round += 1) {
    parts.runtime.pass(1500);
    const stale = browser.request();
    const lost = await parts.sessions.resolve(stale);
    const arrived = await parts.sessions.resolve(stale);
    assert.equal(lost.kind, "refreshed");
    browser.take(cookiesOf(arrived));
  }
  assert.equal(parts.provider.shown.length, 20);
  assert.equal(new Set(parts.provider.shown).size, 20);
});

test("keeps a session whose rotated cookies never arrived for the new token's life", async () => {
  const parts = sessionParts({ lifeMs: 900_000 });
  const browser = await signedIn(parts);
  parts.runtime.pass(900_000);
  await parts.sessions.resolve(browser.request());
  parts.runtime.pass(600_000);
  browser.take(cookiesOf(await parts.sessions.resolve(browser.request())));
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
});

test("ends the session of a token that is shown again after its successor was", async () => {
  const parts = sessionParts({ lifeMs: 900_000 });
  const browser = await signedIn(parts);
  parts.runtime.pass(900_000);
  const thief = browser.request();
  browser.take(cookiesOf(await parts.sessions.resolve(browser.request())));
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  parts.runtime.pass(30_000);
  assert.deepEqual(await parts.sessions.resolve(thief), { kind: "expired" });
  assert.deepEqual(parts.sessions.resolve(browser.request()), { kind: "expired" });
});

test("takes a refresh cookie that came alone for shown: the token before it is replayed no more", async () => {
  const parts = sessionParts({ lifeMs: 900_000 });
  const browser = await signedIn(parts);
  parts.runtime.pass(900_000);
  const thief = browser.request();
  browser.take(cookiesOf(await parts.sessions.resolve(browser.request())));
  const [, refresh = ""] = browser.request().cookieHeader.split("; ");
  parts.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  const alone = exchange({ cookie: refresh });
  assert.equal((await parts.sessions.resolve(alone)).kind, "unavailable");
  parts.provider.answer = undefined;
  parts.runtime.pass(30_000);
  assert.deepEqual(await parts.sessions.resolve(thief), { kind: "expired" });
});

test("S60: ends the session when the provider calls its token dead", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  parts.provider.answer = () => Promise.reject(new RefreshExpired("dead"));
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
});

test("S60: calls an outage unavailable and finds the session again after it", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  parts.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const resolution = await parts.sessions.resolve(browser.request());
    assert.deepEqual(resolution, { kind: "unavailable" });
  }
  parts.provider.answer = undefined;
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "refreshed");
});

test("S62: refreshes within the skew of the expiry and not before", async () => {
  const parts = sessionParts({ lifeMs: 200_000, refreshSkewSeconds: 30 });
  const browser = await signedIn(parts);
  parts.runtime.pass(169_999);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  parts.runtime.pass(1);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "refreshed");
});

test("S62: takes a quarter of the token's life for the most of the skew", async () => {
  const parts = sessionParts({ lifeMs: 4_000, refreshSkewSeconds: 30 });
  const browser = await signedIn(parts);
  parts.runtime.pass(2_999);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  parts.runtime.pass(1);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "refreshed");
});

test("S62: serves what is still valid when the early refresh meets an outage", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  parts.runtime.pass(50_000);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
  parts.runtime.pass(10_000);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "unavailable");
});

test("calls an outage unavailable when the token expired while it was waited for", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.provider.answer = async () => {
    parts.runtime.pass(10_000);
    throw new ProviderUnavailable("timed out");
  };
  parts.runtime.pass(50_000);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "unavailable");
});

test("keeps nobody waiting for an early refresh that another request waits for", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const held = Promise.withResolvers<Grant>();
  parts.provider.answer = () => held.promise;
  parts.runtime.pass(50_000);
  const first = parts.sessions.resolve(browser.request());
  await eventually("the provider is asked", () => parts.provider.shown.length > 0);
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  held.resolve(parts.provider.login());
  assert.equal((await first).kind, "refreshed");
});

test("ends an AT-only session with its token and never asks the provider", async () => {
  const parts = sessionParts();
  const browser = testBrowser(parts.runtime);
  const { refreshToken: _, ...grant } = parts.provider.login();
  const { cookies } = await parts.sessions.start(browser.request(), "idp", grant);
  browser.take(cookies);
  const kept = browser.request();
  parts.runtime.pass(59_999);
  const resolution = await parts.sessions.resolve(kept);
  assert.ok(resolution.kind === "active" && !resolution.hasRefreshToken);
  parts.runtime.pass(1);
  assert.deepEqual(await parts.sessions.resolve(kept), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, []);
});

test("S64: ends a session at its absolute end however often it was refreshed", async () => {
  const parts = sessionParts({ maxLifetimeSeconds: 150 });
  const browser = await signedIn(parts);
  for (const step of [60_000, 60_000]) {
    parts.runtime.pass(step);
    browser.take(cookiesOf(await parts.sessions.resolve(browser.request())));
  }
  const kept = browser.request();
  parts.runtime.pass(29_999);
  assert.equal((await parts.sessions.resolve(kept)).kind, "active");
  parts.runtime.pass(1);
  assert.deepEqual(await parts.sessions.resolve(kept), { kind: "expired" });
  assert.deepEqual(browser.names(), []);
});

test("S66: sets no cookies of a session that ended before the answer went out", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  const resolution = await parts.sessions.resolve(browser.request());
  assert.ok(resolution.kind === "refreshed");
  assert.equal(cookiesOf(resolution).length, 2);
  await parts.sessions.end(resolution.session);
  assert.deepEqual(cookiesOf(resolution), []);
});

test("S66: sets no cookies of a rotation that another has followed", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  const slow = await parts.sessions.resolve(browser.request());
  browser.take(cookiesOf(await parts.sessions.resolve(browser.request())));
  parts.runtime.pass(50_000);
  const next = await parts.sessions.resolve(browser.request());
  assert.equal(cookiesOf(next).length, 2);
  assert.deepEqual(cookiesOf(slow), []);
});

test("S50: refreshes no session from the refresh cookie of another", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const mallory = await signedIn(parts, { identity: { ...ada, userId: "mallory" } });
  const [access = ""] = browser.request().cookieHeader.split("; ");
  const [, refresh = ""] = mallory.request().cookieHeader.split("; ");
  const mixed = exchange({ cookie: `${access}; ${refresh}` });
  assert.equal((await parts.sessions.resolve(mixed)).kind, "active");
  parts.runtime.pass(60_000);
  assert.deepEqual(await parts.sessions.resolve(mixed), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, []);
});

test("S50: takes access cookies of two sessions for none, whatever refresh cookie came", async () => {
  const parts = sessionParts();
  const one = (await signedIn(parts)).request().cookieHeader;
  const [other = ""] = (await signedIn(parts)).request().cookieHeader.split("; ");
  assert.deepEqual(await parts.sessions.resolve(exchange({ cookie: `${one}; ${other}` })), {
    kind: "expired",
  });
});

test("S50: takes refresh cookies of two sessions for none", async () => {
  const parts = sessionParts();
  const browsers = [await signedIn(parts), await signedIn(parts)];
  const refresh = browsers.map((browser) => browser.request().cookieHeader.split("; ")[1]);
  const request = exchange({ cookie: refresh.join("; ") });
  assert.deepEqual(await parts.sessions.resolve(request), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, []);
});

/** Sessions whose sealer does this before it seals, from the time on that it is set. */
function sealingParts() {
  const control: { before?: () => Promise<void> } = {};
  const slow: Sealer = {
    open: sealer.open,
    async seal(purpose, value) {
      await control.before?.();
      return sealer.seal(purpose, value);
    },
  };
  return { control, parts: sessionParts({ sealer: slow }) };
}

test("S68: denies a session that ends while its new cookies are sealed", async () => {
  const { control, parts } = sealingParts();
  const browser = await signedIn(parts);
  const session = await parts.sessions.peek(browser.request());
  assert.ok(session);
  parts.runtime.pass(60_000);
  control.before = () => parts.sessions.end(session);
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
});

test("S9: fails when new cookies cannot be sealed for another reason than their size", async () => {
  const { control, parts } = sealingParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  control.before = () => Promise.reject(new GateError("internal"));
  await assert.rejects(async () => parts.sessions.resolve(browser.request()), GateError);
  assert.deepEqual(parts.logged, []);
});

/** What is noted of two requests that share one refresh, which ends in this answer. */
async function notedOfTwo(answer: (provider: TestProvider) => Promise<Grant>) {
  const noted: boolean[] = [];
  let opened = 0;
  const counting: Sealer = {
    seal: sealer.seal,
    async open(purpose, sealed) {
      const value = await sealer.open(purpose, sealed);
      opened += 1;
      return value;
    },
  };
  const parts = sessionParts({
    sealer: counting,
    noteRefresh: (_, shared) => noted.push(shared),
  });
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  const held = Promise.withResolvers<void>();
  parts.provider.answer = () => held.promise.then(() => answer(parts.provider));
  const waiting = [1, 2].map(() => parts.sessions.resolve(browser.request()));
  await eventually("both have read their cookie", () => opened === 2);
  await new Promise(setImmediate);
  held.resolve();
  await Promise.all(waiting);
  return noted;
}

test("notes each request that a refresh was made for, and which of them shared one", async () => {
  assert.deepEqual(await notedOfTwo(async (provider) => provider.login()), [false, true]);
});

test("notes no refresh that met an outage, but for those who shared it", async () => {
  const down = () => Promise.reject(new ProviderUnavailable("down"));
  assert.deepEqual(await notedOfTwo(down), [true]);
});

test("S9: denies a session whose provider is configured no more", async () => {
  const parts = sessionParts();
  const browser = testBrowser(parts.runtime);
  const { cookies } = await parts.sessions.start(
    browser.request(),
    "removed",
    parts.provider.login(),
  );
  browser.take(cookies);
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
});

test("takes the identity that a refresh brings", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.provider.answer = async () => parts.provider.login({ identity: { ...ada, groups: [] } });
  parts.runtime.pass(60_000);
  const resolution = await parts.sessions.resolve(browser.request());
  assert.ok(resolution.kind === "refreshed");
  assert.deepEqual(resolution.session.identity.groups, []);
});

test("ends a session that a refresh made too large, with a log line of its sizes", async () => {
  const parts = sessionParts({ keepAccessToken: true });
  const browser = await signedIn(parts);
  const accessToken = parts.runtime.randomBytes(20_000).toString("base64url");
  parts.provider.answer = async () => parts.provider.login({ accessToken });
  parts.runtime.pass(60_000);
  assert.deepEqual(await parts.sessions.resolve(browser.request()), { kind: "expired" });
  assert.match(
    parts.logged.join(),
    /^error a refreshed session does not fit cookies .*"access_token_bytes":2/,
  );
  assert.ok(!parts.logged.join().includes(accessToken.slice(0, 20)));
});
