import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable, RefreshExpired } from "../../src/provider/contract.ts";
import { createEndedSessions } from "../../src/session/ended.ts";
import { createRefreshCall } from "../../src/session/refresh-call.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { eventually } from "../support/eventually.ts";
import { ada, logInto, rotatingProvider, sessionAt } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

const subject = { id: "request", clientAddress: "203.0.113.7" };

function parts(kept = { keepAccessToken: false, keepIdToken: false }) {
  const runtime = testRuntime();
  const provider = rotatingProvider(runtime);
  const logged: string[] = [];
  const audited: string[] = [];
  const log = logInto(logged);
  const ended = createEndedSessions({ store: createMemoryStore({ runtime }), runtime, log });
  const call = createRefreshCall({
    provider: (name) => (name === "idp" ? provider : undefined),
    ended,
    runtime,
    log,
    audit: (event, _subject, { provider: by, user_id, reason = "" } = {}) =>
      audited.push(`${event} ${by} ${user_id} ${reason}`.trim()),
    ...kept,
  });
  const session = sessionAt(runtime.now() - 60_000, { refreshToken: "rt-0" });
  return { runtime, provider, ended, call, session, logged, audited };
}

test("renews the session and keeps its id, login and end", async () => {
  const { runtime, call, session, audited } = parts();
  const outcome = await call(session, subject);
  assert.deepEqual(outcome, {
    kind: "refreshed",
    session: {
      ...session,
      issuedAt: runtime.now(),
      expiresAt: runtime.now() + 60_000,
      refreshToken: "rt-1",
    },
  });
  assert.deepEqual(audited, ["refresh_success idp ada"]);
});

test("keeps the old refresh token and id_token when the provider sends none", async () => {
  const { provider, call, session } = parts({ keepAccessToken: true, keepIdToken: true });
  provider.answer = async () => {
    const { refreshToken: _, ...grant } = provider.login();
    return grant;
  };
  const outcome = await call({ ...session, idToken: "id-0" }, subject);
  assert.ok(outcome.kind === "refreshed");
  assert.equal(outcome.session.refreshToken, "rt-0");
  assert.equal(outcome.session.idToken, "id-0");
  assert.equal(outcome.session.accessToken, "at-1");
});

test("S64: never lets the session outlive the end that was set at login", async () => {
  const { runtime, call, session } = parts();
  const endsAt = runtime.now() + 5_000;
  const outcome = await call({ ...session, endsAt }, subject);
  assert.ok(outcome.kind === "refreshed");
  assert.equal(outcome.session.endsAt, endsAt);
  assert.equal(outcome.session.expiresAt, endsAt);
});

test("orders two refreshes within one millisecond", async () => {
  const { runtime, call, session } = parts();
  const outcome = await call({ ...session, issuedAt: runtime.now() }, subject);
  assert.ok(outcome.kind === "refreshed");
  assert.equal(outcome.session.issuedAt, runtime.now() + 1);
});

test("S60: ends the session whose token the provider calls dead", async () => {
  const { provider, ended, call, session, audited } = parts();
  provider.answer = () => Promise.reject(new RefreshExpired("invalid_grant"));
  assert.deepEqual(await call(session, subject), { kind: "expired" });
  assert.equal(ended.has(session.id), true);
  assert.deepEqual(audited, ["refresh_failure idp ada rejected"]);
});

test("S63: ends the session when the refresh brings another subject", async () => {
  const { provider, ended, call, session, audited } = parts();
  provider.answer = async () => provider.login({ identity: { ...ada, userId: "mallory" } });
  assert.deepEqual(await call(session, subject), { kind: "expired" });
  assert.equal(ended.has(session.id), true);
  assert.deepEqual(audited, ["refresh_failure idp ada subject_changed"]);
});

const outages = [
  ["an outage", new ProviderUnavailable("502"), "unavailable", /^warn .*unavailable/],
  [
    "a refusal of the gate's own settings",
    new ProviderUnavailable("invalid_client", { misconfigured: true }),
    "misconfigured",
    /^error .*check client_id/,
  ],
  [
    "an error that no provider names",
    new TypeError("undefined"),
    "error",
    /^error a refresh failed/,
  ],
] as const;

for (const [name, error, reason, line] of outages) {
  test(`S60: takes ${name} for no word on the session`, async () => {
    const { provider, ended, call, session, audited, logged } = parts();
    provider.answer = () => Promise.reject(error);
    assert.deepEqual(await call(session, subject), { kind: "unavailable" });
    assert.equal(ended.has(session.id), false);
    assert.deepEqual(audited, [`refresh_failure idp ada ${reason}`]);
    assert.match(logged.join(), line);
    assert.match(logged.join(), / \{"request_id":"request","provider":"idp","err":\{.*\}\}$/);
  });
}

test("S68: gives no session that ended meanwhile and revokes the token that came for it", async () => {
  const { runtime, provider, ended, call, session } = parts();
  provider.answer = async () => {
    await ended.end(session.id, runtime.now() + 1000);
    return provider.login();
  };
  assert.deepEqual(await call(session, subject), { kind: "expired" });
  assert.deepEqual(provider.revoked, ["rt-1"]);
});

test("S68: revokes the old token when the refresh brought no other", async () => {
  const { runtime, provider, ended, call, session } = parts();
  provider.answer = async () => {
    await ended.end(session.id, runtime.now() + 1000);
    const { refreshToken: _, ...grant } = provider.login();
    return grant;
  };
  assert.deepEqual(await call(session, subject), { kind: "expired" });
  assert.deepEqual(provider.revoked, ["rt-0"]);
});

test("S68: says that a token was not revoked, and goes on without a provider's revocation", async () => {
  const { runtime, provider, ended, call, session, logged } = parts();
  provider.answer = async () => {
    await ended.end(session.id, runtime.now() + 1000);
    return provider.login();
  };
  provider.revoke = () => Promise.reject(new Error("no connection"));
  assert.deepEqual(await call(session, subject), { kind: "expired" });
  await eventually("the failure is logged", () => logged.length > 0);
  const fields = '{"provider":"idp","err":{}}';
  assert.deepEqual(logged, [`warn a token of an ended session was not revoked ${fields}`]);
  delete provider.revoke;
  assert.deepEqual(await call(session, subject), { kind: "expired" });
});

test("asks no provider about a session without a refresh token", async () => {
  const { provider, call, session } = parts();
  const { refreshToken: _, ...bare } = session;
  assert.deepEqual(await call(bare, subject), { kind: "expired" });
  assert.deepEqual(provider.shown, []);
});

test("takes a session for ended whose provider is gone", async () => {
  const { provider, call, session } = parts();
  assert.deepEqual(await call({ ...session, provider: "removed" }, subject), { kind: "expired" });
  assert.deepEqual(provider.shown, []);
});
