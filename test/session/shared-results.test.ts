/** What one process writes of a refresh for the others: for how long, and in which form it is believed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RefreshOutcome } from "../../src/session/refresh-call.ts";
import { refreshKey } from "../../src/session/refresh-key.ts";
import type { Session } from "../../src/session/session.ts";
import { createSharedResults } from "../../src/session/shared-results.ts";
import type { Store } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { sealer, sessionAt } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts() {
  const runtime = testRuntime();
  const memory = createMemoryStore({ runtime });
  const control = { away: false };
  /** Each key that was put, less what names the session, and its time to live. */
  const put: [string, number][] = [];
  const store: Store = {
    ...memory,
    async put(key, value, ttlMs) {
      put.push([key.slice(0, key.indexOf(":")), ttlMs]);
      if (control.away) throw new Error("no connection");
      return memory.put(key, value, ttlMs);
    },
  };
  const stale = sessionAt(runtime.now() - 60_000, { refreshToken: "rt-1" });
  const fresh = (lifeMs: number): Session => ({
    ...stale,
    refreshToken: "rt-2",
    issuedAt: runtime.now(),
    expiresAt: runtime.now() + lifeMs,
  });
  const results = createSharedResults({ store, sealer, runtime });
  return { runtime, store, put, control, stale, fresh, results };
}

const lives: readonly [what: string, outcome: (fresh: Session) => RefreshOutcome, ms: number][] = [
  ["a long session for its token's life", (session) => ({ kind: "refreshed", session }), 60_000],
  [
    "a short session for as long as it is replayed",
    (session) => ({ kind: "refreshed", session: { ...session, expiresAt: session.issuedAt } }),
    30_000,
  ],
  ["a rejection for 5 s", () => ({ kind: "expired" }), 5000],
  ["an outage for 5 s", () => ({ kind: "unavailable" }), 5000],
];

for (const [what, outcome, ms] of lives) {
  test(`S59: keeps ${what}`, async () => {
    const { put, stale, fresh, results } = parts();
    await results.write(stale, outcome(fresh(60_000)), "us");
    assert.deepEqual(put, [["refresh-result", ms]]);
  });
}

const forms: readonly [what: string, value: (good: Record<string, unknown>) => unknown][] = [
  ["null", () => null],
  ["an outcome that is null", (good) => ({ ...good, outcome: null })],
  ["no owner", (good) => ({ ...good, owner: 1 })],
  ["an outcome of another kind", (good) => ({ ...good, outcome: { kind: "other" } })],
  [
    "a session that is none",
    (good) => ({ ...good, outcome: { kind: "refreshed", session: { id: "x" } } }),
  ],
];

for (const [what, value] of forms) {
  test(`S55: believes no sealed result with ${what}`, async () => {
    const { store, stale, results } = parts();
    const key = refreshKey(stale);
    const good = { key, sessionId: stale.id, owner: "us", outcome: { kind: "expired" } };
    const put = async (what_: unknown) =>
      store.put(`refresh-result:${key}`, await sealer.seal("refresh_result", what_), 30_000);
    await put(good);
    assert.deepEqual(await results.read(stale), { kind: "expired" });
    await put(value(good));
    assert.equal(await results.read(stale), undefined);
  });
}

test("tells once that a state was shown, never of the login's own, and again when it could not", async () => {
  const { put, control, stale, fresh, results } = parts();
  results.shown({ ...stale, issuedAt: stale.loginAt });
  assert.deepEqual(put, []);
  const session = fresh(60_000);
  control.away = true;
  results.shown(session);
  await new Promise(setImmediate);
  control.away = false;
  results.shown(session);
  await new Promise(setImmediate);
  results.shown(session);
  const told = ["refresh-shown", 60_000];
  assert.deepEqual(put, [told, told]);
});
