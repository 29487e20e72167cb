import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type SessionParts,
  sessionParts,
  signedIn,
  type TestBrowser,
  testBrowser,
} from "../support/session-parts.ts";

const idle = { lifeMs: 3_600_000, idleTimeoutSeconds: 100 };

/** One request, whose cookies the browser takes. */
async function visit({ sessions }: SessionParts, browser: TestBrowser): Promise<string> {
  const resolution = await sessions.resolve(browser.request());
  if (resolution.kind === "refreshed") browser.take(resolution.cookies());
  return resolution.kind;
}

test("ends a session that was not used for the idle time-out, refresh token or not", async () => {
  const parts = sessionParts(idle);
  const browser = await signedIn(parts);
  parts.runtime.pass(99_999);
  const kept = browser.request();
  assert.equal((await parts.sessions.resolve(kept)).kind, "refreshed");
  parts.runtime.pass(1);
  assert.deepEqual(await parts.sessions.resolve(kept), { kind: "expired" });
  assert.deepEqual(parts.provider.shown, []);
});

test("keeps a session that is used through many idle time-outs", async () => {
  const parts = sessionParts(idle);
  const browser = await signedIn(parts);
  for (let step = 0; step < 20; step += 1) {
    parts.runtime.pass(60_000);
    assert.equal(await visit(parts, browser), "refreshed");
  }
  assert.deepEqual(parts.provider.shown, []);
});

test("writes the cookies anew at most every tenth of the idle time-out", async () => {
  const parts = sessionParts(idle);
  const browser = await signedIn(parts);
  const kinds: string[] = [];
  for (let second = 0; second < 40; second += 1) {
    parts.runtime.pass(1000);
    kinds.push(await visit(parts, browser));
  }
  assert.equal(kinds.filter((kind) => kind === "refreshed").length, 4);
});

test("keeps the id_token and the refresh token in the cookies that are written anew", async () => {
  const parts = sessionParts({ ...idle, keepIdToken: true });
  const browser = await signedIn(parts, { idToken: "id-marker" });
  parts.runtime.pass(60_000);
  assert.equal(await visit(parts, browser), "refreshed");
  const session = await parts.sessions.peek(browser.request());
  assert.deepEqual([session?.idToken, session?.refreshToken], ["id-marker", "rt-1"]);
});

test("keeps the refresh token through the cookies that are written anew", async () => {
  const parts = sessionParts({ ...idle, lifeMs: 150_000 });
  const browser = await signedIn(parts);
  for (const step of [60_000, 60_000, 60_000]) {
    parts.runtime.pass(step);
    assert.equal(await visit(parts, browser), "refreshed");
  }
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
});

test("writes an AT-only session anew and claims no refresh token for it", async () => {
  const parts = sessionParts(idle);
  const browser = testBrowser(parts.runtime);
  const { refreshToken: _, ...grant } = parts.provider.login();
  browser.take((await parts.sessions.start(browser.request(), "idp", grant)).cookies);
  parts.runtime.pass(50_000);
  const resolution = await parts.sessions.resolve(browser.request());
  assert.ok(resolution.kind === "refreshed");
  assert.equal(resolution.hasRefreshToken, false);
});

test("S66: does not write back an old refresh token over one that was rotated meanwhile", async () => {
  const parts = sessionParts({ ...idle, lifeMs: 60_000 });
  const browser = await signedIn(parts);
  parts.runtime.pass(20_000);
  const slow = await parts.sessions.resolve(browser.request());
  assert.ok(slow.kind === "refreshed");
  parts.runtime.pass(30_000);
  assert.equal(await visit(parts, browser), "refreshed");
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
  assert.deepEqual(slow.cookies(), []);
});

test("ends nobody for idleness when it is off", async () => {
  const parts = sessionParts({ ...idle, idleTimeoutSeconds: 0 });
  const browser = await signedIn(parts);
  parts.runtime.pass(3_000_000);
  assert.equal(await visit(parts, browser), "active");
});
