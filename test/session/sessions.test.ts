import assert from "node:assert/strict";
import { test } from "node:test";
import { GateError } from "../../src/base/errors.ts";
import { exchange } from "../support/exchange.ts";
import { ada, sessionParts, signedIn } from "../support/session-parts.ts";

test("S45: gives each login a session id of its own, whatever cookies came", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const first = await parts.sessions.peek(browser.request());
  const again = await parts.sessions.start(browser.request(), "idp", parts.provider.login());
  browser.take(again.cookies);
  const second = await parts.sessions.peek(browser.request());
  assert.ok(first && second);
  assert.equal(second.id, again.session.id);
  assert.notEqual(second.id, first.id);
  assert.ok(Buffer.from(second.id, "base64url").length >= 16);
});

test("S45: leaves nothing of a planted session after a login, with or without refresh token", async () => {
  for (const withToken of [true, false]) {
    const parts = sessionParts();
    const planted = await signedIn(parts);
    const { refreshToken, ...grant } = parts.provider.login();
    const own = withToken && refreshToken ? { ...grant, refreshToken } : grant;
    const { session, cookies } = await parts.sessions.start(planted.request(), "idp", own);
    planted.take(cookies);
    parts.runtime.pass(30_000);
    assert.equal((await parts.sessions.peek(planted.request()))?.id, session.id);
    assert.equal(planted.names().includes("__Host-hermes_session_rt"), withToken);
  }
});

test("fails a login whose session does not fit", async () => {
  const parts = sessionParts({ keepAccessToken: true });
  const accessToken = parts.runtime.randomBytes(20_000).toString("base64url");
  await assert.rejects(
    parts.sessions.start(exchange(), "idp", parts.provider.login({ accessToken })),
    (error: unknown) => error instanceof GateError && error.code === "session_too_large",
  );
});

const kept = [
  [{ keepAccessToken: false, keepIdToken: false }, undefined, undefined],
  [{ keepAccessToken: true, keepIdToken: false }, "at-1", undefined],
  [{ keepAccessToken: false, keepIdToken: true }, undefined, "id-marker"],
] as const;

for (const [options, accessToken, idToken] of kept) {
  test(`keeps no token that nothing needs: ${JSON.stringify(options)}`, async () => {
    const parts = sessionParts(options);
    const browser = await signedIn(parts, { idToken: "id-marker" });
    const resolution = await parts.sessions.resolve(browser.request());
    assert.ok(resolution.kind === "active");
    assert.equal(resolution.session.accessToken, accessToken);
    const peeked = await parts.sessions.peek(browser.request());
    assert.equal(peeked?.idToken, idToken);
    assert.equal(peeked?.refreshToken, "rt-1");
  });
}

test("S70: looks at a session with both cookies, with either, and expired, without a refresh", async () => {
  const parts = sessionParts({ keepAccessToken: true });
  const browser = await signedIn(parts);
  const [access = "", refresh = ""] = browser.request().cookieHeader.split("; ");
  const look = (cookie: string) => parts.sessions.peek(exchange({ cookie }));
  assert.equal((await look(`${access}; ${refresh}`))?.refreshToken, "rt-1");
  assert.equal((await look(access))?.identity.userId, "ada");
  parts.runtime.pass(3_600_000);
  assert.equal((await look(access))?.refreshToken, undefined);
  assert.equal((await look(refresh))?.refreshToken, "rt-1");
  assert.deepEqual(parts.provider.shown, []);
});

test("S70: looks at the newest refresh token, not at the spent one that came", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  await parts.sessions.resolve(browser.request());
  assert.equal((await parts.sessions.peek(browser.request()))?.refreshToken, "rt-2");
});

test("takes cookies that were looked at for shown: the token before them is replayed no more", async () => {
  const parts = sessionParts({ lifeMs: 900_000 });
  const browser = await signedIn(parts);
  parts.runtime.pass(900_000);
  const stale = browser.request();
  const resolution = await parts.sessions.resolve(stale);
  assert.ok(resolution.kind === "refreshed");
  browser.take(resolution.cookies());
  await parts.sessions.peek(browser.request());
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  parts.runtime.pass(30_000);
  assert.deepEqual(await parts.sessions.resolve(stale), { kind: "expired" });
});

test("finds nobody to look at without cookies, in ended ones and in those of two sessions", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const other = await signedIn(parts);
  assert.equal(await parts.sessions.peek(exchange()), undefined);
  const headers = [browser, other].map((one) => one.request().cookieHeader.split("; "));
  for (const index of [0, 1]) {
    const cookie = headers.map((pairs) => pairs[index]).join("; ");
    assert.equal(await parts.sessions.peek(exchange({ cookie })), undefined);
  }
  const session = await parts.sessions.peek(browser.request());
  assert.ok(session);
  await parts.sessions.end(session);
  assert.equal(await parts.sessions.peek(browser.request()), undefined);
});

test("S68: looks at the session that requests are let in with, whatever refresh cookies were planted", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const [access = "", own = ""] = browser.request().cookieHeader.split("; ");
  const [, planted = ""] = (await signedIn(parts)).request().cookieHeader.split("; ");
  const session = await parts.sessions.peek(browser.request());
  for (const cookie of [`${access}; ${planted}`, `${access}; ${own}; ${planted}`]) {
    assert.equal((await parts.sessions.resolve(exchange({ cookie }))).kind, "active");
    const peeked = await parts.sessions.peek(exchange({ cookie }));
    assert.equal(peeked?.id, session?.id);
    assert.equal(peeked?.refreshToken, undefined);
  }
});

test("looks at the newer access cookie's session with the older refresh cookie's token", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  const [, refresh = ""] = browser.request().cookieHeader.split("; ");
  parts.runtime.pass(60_000);
  const resolution = await parts.sessions.resolve(browser.request());
  assert.ok(resolution.kind === "refreshed");
  browser.take(resolution.cookies());
  const [access = ""] = browser
    .request()
    .cookieHeader.split("; ")
    .filter((pair) => pair.includes("_at="));
  // Another process, which has not seen the refresh.
  const other = sessionParts();
  const peeked = await other.sessions.peek(exchange({ cookie: `${access}; ${refresh}` }));
  assert.equal(peeked?.issuedAt, resolution.session.issuedAt);
  assert.equal(peeked.refreshToken, "rt-1");
});

test("S68: tells once that a session ended, by logout or by a rejected refresh", async () => {
  const parts = sessionParts();
  const heard: string[] = [];
  parts.memory.ended.onEnd((id) => heard.push(id));
  const first = await signedIn(parts);
  const second = await signedIn(parts, { identity: { ...ada, userId: "bob" } });
  const session = await parts.sessions.peek(first.request());
  assert.ok(session);
  await parts.sessions.end(session);
  await parts.sessions.end(session);
  const other = await parts.sessions.peek(second.request());
  parts.provider.login();
  parts.runtime.pass(60_000);
  assert.deepEqual(await parts.sessions.resolve(second.request()), { kind: "expired" });
  assert.deepEqual(heard, [session.id, other?.id]);
  assert.equal(parts.memory.ended.has(session.id), true);
});

test("S68: replays no refresh of a session that ended", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts);
  parts.runtime.pass(60_000);
  const stale = browser.request();
  const resolution = await parts.sessions.resolve(stale);
  assert.ok(resolution.kind === "refreshed");
  await parts.sessions.end(resolution.session);
  assert.deepEqual(await parts.sessions.resolve(stale), { kind: "expired" });
});

test("S101: puts no token into log and audit", async () => {
  const parts = sessionParts();
  const browser = await signedIn(parts, { refreshToken: "rt-secret-marker" });
  parts.runtime.pass(60_000);
  await parts.sessions.resolve(browser.request());
  assert.ok(parts.audited.length > 0);
  assert.doesNotMatch(JSON.stringify([parts.audited, parts.logged]), /secret-marker|rt-|at-/);
});

test("tells that a session cookie came, good or not, and clears those of all variants", () => {
  const { sessions } = sessionParts();
  assert.equal(sessions.anySessionCookie(exchange({ cookie: "session=x" })), false);
  assert.equal(sessions.anySessionCookie(exchange({ cookie: "__Host-hermes_session_rt=x" })), true);
  assert.equal(sessions.clear(exchange()).length, 6);
});
