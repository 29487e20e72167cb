import assert from "node:assert/strict";
import { test } from "node:test";
import { createRefresher } from "../../src/session/refresh.ts";
import type { RefreshCall, RefreshOutcome } from "../../src/session/refresh-call.ts";
import { createRefreshMemory } from "../../src/session/refresh-memory.ts";
import type { Session } from "../../src/session/session.ts";
import { sessionAt } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

const subject = { id: "request", clientAddress: "203.0.113.7" };

/** A refresher over a call that gives `rt-2` for `rt-1` and so on, or what the test says. */
function parts(options: { readonly lifeMs?: number; readonly rotates?: boolean } = {}) {
  const { lifeMs = 60_000, rotates = true } = options;
  const runtime = testRuntime();
  const calls: string[] = [];
  const control: { answer?: (session: Session) => Promise<RefreshOutcome> } = {};

  const renewed = (session: Session): RefreshOutcome => {
    const serial = Number(session.refreshToken?.slice(3)) + 1;
    const now = runtime.now();
    return {
      kind: "refreshed",
      session: {
        ...session,
        refreshToken: rotates ? `rt-${serial}` : "rt-1",
        issuedAt: Math.max(now, session.issuedAt + 1),
        expiresAt: now + lifeMs,
      },
    };
  };
  const call: RefreshCall = async (session) => {
    calls.push(session.refreshToken ?? "none");
    return control.answer === undefined ? renewed(session) : control.answer(session);
  };
  const memory = createRefreshMemory(runtime);
  const refresher = createRefresher({ call, runtime, memory });
  const stale = sessionAt(runtime.now() - 60_000, { refreshToken: "rt-1" });
  return { runtime, calls, control, memory, refresher, stale, renewed };
}

function sessionOf(outcome: RefreshOutcome): Session {
  assert.equal(outcome.kind, "refreshed");
  return (outcome as Extract<RefreshOutcome, { kind: "refreshed" }>).session;
}

test("S57: shares one call among all that come with one token while it is under way", async () => {
  const { calls, control, refresher, stale, renewed } = parts();
  const { promise, resolve } = Promise.withResolvers<RefreshOutcome>();
  control.answer = () => promise;
  const waiting = Array.from({ length: 50 }, () => refresher.refresh({ ...stale }, subject));
  assert.equal(refresher.isUnderWay(stale), true);
  resolve(renewed(stale));
  const outcomes = await Promise.all(waiting);
  assert.deepEqual(calls, ["rt-1"]);
  assert.ok(outcomes.every((outcome) => sessionOf(outcome).refreshToken === "rt-2"));
  assert.equal(refresher.isUnderWay(stale), false);
});

test("S11: shares nothing between two providers with equal tokens", async () => {
  const { calls, refresher, stale } = parts();
  await refresher.refresh(stale, subject);
  await refresher.refresh({ ...stale, provider: "other" }, subject);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("S58: replays the result for 30 s to requests with the old token, shown or not", async () => {
  const { runtime, calls, refresher, stale } = parts();
  const first = sessionOf(await refresher.refresh(stale, subject));
  refresher.shown(first);
  runtime.pass(29_999);
  assert.equal(sessionOf(await refresher.refresh(stale, subject)), first);
  runtime.pass(1);
  await refresher.refresh(stale, subject);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("replays the result beyond 30 s until a request has shown the new cookies", async () => {
  const { runtime, calls, refresher, stale } = parts();
  const first = sessionOf(await refresher.refresh(stale, subject));
  runtime.pass(45_000);
  refresher.shown(stale);
  assert.equal(sessionOf(await refresher.refresh(stale, subject)), first);
  refresher.shown(first);
  await refresher.refresh(stale, subject);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("replays an answer that never arrived at most for the new access token's life", async () => {
  const { runtime, calls, refresher, stale } = parts({ lifeMs: 60_000 });
  await refresher.refresh(stale, subject);
  runtime.pass(59_999);
  await refresher.refresh(stale, subject);
  assert.deepEqual(calls, ["rt-1"]);
  runtime.pass(1);
  await refresher.refresh(stale, subject);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("S66: leads a request with an old token to the newest state", async () => {
  const { runtime, calls, refresher, stale } = parts();
  const first = sessionOf(await refresher.refresh(stale, subject));
  runtime.pass(10_000);
  const second = sessionOf(await refresher.refresh(first, subject));
  assert.equal(sessionOf(await refresher.refresh(stale, subject)), second);
  assert.equal(refresher.newestOf(stale), second);
  assert.deepEqual(calls, ["rt-1", "rt-2"]);
});

test("refreshes with the newest token when what is replayed has expired", async () => {
  const { runtime, calls, refresher, stale } = parts({ lifeMs: 1_000 });
  await refresher.refresh(stale, subject);
  runtime.pass(2_000);
  assert.equal(sessionOf(await refresher.refresh(stale, subject)).refreshToken, "rt-3");
  assert.deepEqual(calls, ["rt-1", "rt-2"]);
});

test("shares the call that follows an expired result as well", async () => {
  const { runtime, calls, refresher, stale } = parts({ lifeMs: 1_000 });
  const first = sessionOf(await refresher.refresh(stale, subject));
  runtime.pass(2_000);
  await Promise.all([
    refresher.refresh(stale, subject),
    refresher.refresh(first, subject),
    refresher.refresh(stale, subject),
  ]);
  assert.deepEqual(calls, ["rt-1", "rt-2"]);
});

test("gives the result of its own call even when that has expired already", async () => {
  const { calls, refresher, stale } = parts({ lifeMs: 0 });
  assert.equal(sessionOf(await refresher.refresh(stale, subject)).refreshToken, "rt-2");
  assert.deepEqual(calls, ["rt-1"]);
});

test("refreshes again and again at a provider that does not rotate", async () => {
  const { runtime, calls, refresher, stale } = parts({ rotates: false, lifeMs: 10_000 });
  const first = sessionOf(await refresher.refresh(stale, subject));
  assert.equal(sessionOf(await refresher.refresh(stale, subject)), first);
  runtime.pass(8_000);
  const second = sessionOf(await refresher.refresh(first, subject));
  assert.ok(second.expiresAt > first.expiresAt);
  assert.equal(sessionOf(await refresher.refresh(stale, subject)), second);
  assert.equal(sessionOf(await refresher.refresh(first, subject)), second);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("S59: remembers a rejection for 5 s", async () => {
  const { runtime, calls, control, refresher, stale } = parts();
  control.answer = async () => ({ kind: "expired" });
  assert.equal((await refresher.refresh(stale, subject)).kind, "expired");
  runtime.pass(4_999);
  assert.equal((await refresher.refresh(stale, subject)).kind, "expired");
  assert.deepEqual(calls, ["rt-1"]);
  runtime.pass(1);
  await refresher.refresh(stale, subject);
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("S59: never remembers an outage", async () => {
  const { calls, control, refresher, stale } = parts();
  control.answer = async () => ({ kind: "unavailable" });
  assert.equal((await refresher.refresh(stale, subject)).kind, "unavailable");
  delete control.answer;
  assert.equal((await refresher.refresh(stale, subject)).kind, "refreshed");
  assert.deepEqual(calls, ["rt-1", "rt-1"]);
});

test("S66: knows an older state of a session from its newest", async () => {
  const { refresher, stale } = parts();
  assert.equal(refresher.isCurrent(stale), true);
  const first = sessionOf(await refresher.refresh(stale, subject));
  assert.equal(refresher.isCurrent(stale), false);
  assert.equal(refresher.isCurrent(first), true);
  assert.equal(refresher.isCurrent({ ...stale, id: "another" }), true);
});

test("S66: hears nothing new in a state older than what is known", () => {
  const { runtime, memory, refresher, stale } = parts();
  const heard = { sessionId: stale.id, expiresAt: runtime.now() + 60_000 };
  const older = { ...stale, issuedAt: runtime.now() - 1000 };
  memory.rotated({ ...heard, issuedAt: runtime.now() });
  memory.rotated({ ...heard, issuedAt: older.issuedAt });
  assert.equal(refresher.isCurrent(older), false);
});

test("S66: knows what it heard of a session for 30 s at least, and for the new access token's life", () => {
  const { runtime, memory, refresher, stale } = parts();
  const issuedAt = runtime.now();
  memory.rotated({ sessionId: stale.id, issuedAt, expiresAt: issuedAt + 1000 });
  memory.rotated({ sessionId: "long", issuedAt, expiresAt: issuedAt + 60_000 });
  const isKnown = (id: string) => !refresher.isCurrent({ ...stale, id });
  runtime.pass(29_999);
  assert.deepEqual([stale.id, "long"].map(isKnown), [true, true]);
  runtime.pass(1);
  assert.deepEqual([stale.id, "long"].map(isKnown), [false, true]);
  runtime.pass(30_000);
  assert.deepEqual([stale.id, "long"].map(isKnown), [false, false]);
});

test("S94: takes one more call than it keeps under way for an outage, and shares those it has", async () => {
  const { calls, control, refresher, stale, renewed } = parts();
  const held = Promise.withResolvers<void>();
  control.answer = async (session) => {
    await held.promise;
    return renewed(session);
  };
  const at = (index: number) => ({ ...stale, id: `s${index}`, refreshToken: `rt-${index}` });
  const waiting = Array.from({ length: 10_000 }, (_, index) =>
    refresher.refresh(at(index), subject),
  );
  assert.equal((await refresher.refresh(at(10_000), subject)).kind, "unavailable");
  waiting.push(refresher.refresh(at(0), subject));
  held.resolve();
  assert.ok((await Promise.all(waiting)).every(({ kind }) => kind === "refreshed"));
  assert.equal(calls.length, 10_000);
});

test("S68: replays nothing of a session that was forgotten", async () => {
  const { calls, memory, refresher, stale } = parts();
  const first = sessionOf(await refresher.refresh(stale, subject));
  await refresher.refresh(first, subject);
  memory.forget(stale.id);
  assert.equal(refresher.newestOf(stale), stale);
  assert.equal(refresher.newestOf(first), first);
  assert.deepEqual(calls, ["rt-1", "rt-2"]);
});
