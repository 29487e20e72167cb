/** Refreshes of several processes that share a store: one token is sent once, whatever comes in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { ProviderUnavailable, RefreshExpired } from "../../src/provider/contract.ts";
import type { RefreshOutcome } from "../../src/session/refresh-call.ts";
import { refreshKey } from "../../src/session/refresh-key.ts";
import { createSealer } from "../../src/session/seal.ts";
import type { Session } from "../../src/session/session.ts";
import { createSharedRefresh } from "../../src/session/shared-refresh.ts";
import { createSharedResults } from "../../src/session/shared-results.ts";
import { eventually } from "../support/eventually.ts";
import { createProcesses } from "../support/processes.ts";
import { ada, sealer, sessionAt } from "../support/session-parts.ts";
import { createSharedStore } from "../support/shared-store.ts";
import { testRuntime } from "../support/still-clock.ts";

const subject = { id: "request", clientAddress: "203.0.113.7" };

function sessionOf(outcome: RefreshOutcome): Session {
  return outcome.kind === "refreshed" ? outcome.session : assert.fail(outcome.kind);
}

test("S67: 60 requests with one token over three processes make one call and get one answer", async () => {
  const { provider, start } = createProcesses();
  const processes = [start(), start(), start()];
  const waiting = processes.flatMap(({ refresh }) => Array.from({ length: 20 }, () => refresh()));
  const outcomes = await Promise.all(waiting);
  assert.deepEqual(provider.shown, ["rt-1"]);
  for (const outcome of outcomes) assert.equal(sessionOf(outcome).refreshToken, "rt-2");
  assert.deepEqual(
    processes.flatMap(({ audited }) => audited),
    ["refresh_success"],
  );
});

test("S9: fails when the store fails in a way that is no outage, and sends no token", async () => {
  const { provider, start } = createProcesses();
  const { store, refresh } = start();
  Object.assign(store, { putIfAbsent: () => Promise.reject(new TypeError("broken")) });
  await assert.rejects(refresh(), TypeError);
  assert.deepEqual(provider.shown, []);
});

test("S9: fails when the store fails so while another process has the lock", async (t) => {
  const { provider, start } = createProcesses();
  const [first, second] = [start(), start()];
  const { promise: held, resolve } = Promise.withResolvers<void>();
  t.after(() => resolve());
  provider.answer = () => held.then(() => provider.login());
  const waiting = first.refresh();
  await eventually("the provider is asked", () => provider.shown.length > 0);
  const { get } = second.store;
  Object.assign(second.store, {
    get: (key: string) =>
      key.startsWith("refresh-lock:") ? Promise.reject(new TypeError("broken")) : get(key),
  });
  await assert.rejects(second.refresh(), TypeError);
  assert.equal(provider.shown.length, 1);
  resolve();
  await waiting;
});

test("S67: waits for a call of another process for as long as it lasts", async () => {
  const { provider, stale, start } = createProcesses();
  const [first, second] = [start(), start()];
  const { promise: held, resolve } = Promise.withResolvers<void>();
  provider.answer = async () => {
    await held;
    return provider.login();
  };
  const calling = first.refresh();
  await eventually("the provider is asked", () => provider.shown.length === 1);
  const waiting = second.refresh();
  const lock = `get refresh-lock:${refreshKey(stale)}`;
  await eventually("it waits", () => second.store.asked.filter((ask) => ask === lock).length > 2);
  resolve();
  assert.deepEqual(sessionOf(await waiting), sessionOf(await calling));
  assert.deepEqual(provider.shown, ["rt-1"]);
});

test("S58: replays a result in every process for 30 s, also when its cookies were shown", async () => {
  const { runtime, provider, start } = createProcesses();
  const [first, second, third] = [start(), start(), start()];
  const session = sessionOf(await first.refresh());
  third.refresher.shown(session);
  await eventually("it is told", () => third.store.asked.some((ask) => ask.startsWith("put ")));
  runtime.pass(29_999);
  assert.deepEqual(sessionOf(await second.refresh()), session);
  assert.deepEqual(provider.shown, ["rt-1"]);
  runtime.pass(1);
  for (const { refresh } of [first, second]) assert.equal((await refresh()).kind, "expired");
  assert.deepEqual(provider.shown, ["rt-1", "rt-1"], "sent again, and rejected once for both");
});

test("replays a result that nobody has shown for the access token's life, in every process", async () => {
  const { runtime, provider, start } = createProcesses();
  const [first, second] = [start(), start()];
  const session = sessionOf(await first.refresh());
  runtime.pass(59_999);
  assert.deepEqual(sessionOf(await first.refresh()), session);
  assert.deepEqual(sessionOf(await second.refresh()), session);
  assert.deepEqual(sessionOf(await start().refresh()), session);
  assert.deepEqual(provider.shown, ["rt-1"]);
});

test("tells once a process that a state was shown, and never of a state that no refresh made", async () => {
  const { runtime, start } = createProcesses();
  const { store, refresher, refresh } = start();
  const session = sessionOf(await refresh());
  const before = store.asked.length;
  refresher.shown(sessionAt(runtime.now()));
  refresher.shown(session);
  refresher.shown(session);
  assert.deepEqual(store.asked.slice(before), [
    `put refresh-shown:${session.id}:${session.issuedAt}`,
  ]);
});

test("S59: a rejection is remembered for 5 s by all, and ends the session at all", async () => {
  const { runtime, provider, stale, start } = createProcesses();
  const [first, second] = [start(), start()];
  provider.answer = () => Promise.reject(new RefreshExpired("revoked"));
  const outcomes = await Promise.all([first.refresh(), second.refresh(), second.refresh()]);
  assert.deepEqual(outcomes, [{ kind: "expired" }, { kind: "expired" }, { kind: "expired" }]);
  assert.deepEqual(provider.shown, ["rt-1"]);
  const late = start();
  await late.ended.ready;
  for (const { ended } of [first, second, late]) assert.ok(ended.has(stale.id));
  runtime.pass(4_999);
  await start().refresh();
  assert.deepEqual(provider.shown, ["rt-1"]);
  runtime.pass(1);
  await start().refresh();
  assert.deepEqual(provider.shown, ["rt-1", "rt-1"]);
});

test("S59: an outage is told to those who waited for it and to nobody after", async () => {
  const { provider, start } = createProcesses();
  const [first, second] = [start(), start()];
  const { promise: held, reject } = Promise.withResolvers<never>();
  provider.answer = () => held;
  const waiting = [first.refresh(), second.refresh()];
  await eventually("both are under way", () => second.store.asked.length > 4);
  reject(new ProviderUnavailable("down"));
  assert.deepEqual(await Promise.all(waiting), [{ kind: "unavailable" }, { kind: "unavailable" }]);
  assert.deepEqual(provider.shown, ["rt-1"]);
  provider.answer = undefined;
  assert.equal((await second.refresh()).kind, "refreshed");
});

test("S67: on a rejection looks once more for another process's result before the session ends", async () => {
  const { provider, runtime, stale, start } = createProcesses();
  const { refresh, ended, audited } = start();
  const elsewhere = { ...stale, refreshToken: "rt-2", issuedAt: runtime.now() };
  const results = createSharedResults({ store: start().store, sealer, runtime });
  provider.answer = async () => {
    await results.write(stale, { kind: "refreshed", session: elsewhere }, "another");
    throw new RefreshExpired("spent by another process a moment ago");
  };
  assert.deepEqual(sessionOf(await refresh()), elsewhere);
  assert.equal(ended.has(stale.id), false);
  assert.deepEqual(audited, []);
});

test("leads a request with an old token to the newest state that another process knows", async () => {
  const { runtime, provider, start } = createProcesses({ lifeMs: 1000 });
  const first = start();
  const one = sessionOf(await first.refresh());
  runtime.pass(2000);
  const two = sessionOf(await first.refresh(one));
  assert.deepEqual(sessionOf(await start().refresh()), two);
  runtime.pass(2000);
  assert.equal(sessionOf(await start().refresh()).refreshToken, "rt-4");
  assert.deepEqual(provider.shown, ["rt-1", "rt-2", "rt-3"]);
});

test("refreshes again and again, in turns, at a provider that does not rotate", async () => {
  const { runtime, provider, start } = createProcesses({ rotates: false, lifeMs: 10_000 });
  const processes = [start(), start()];
  let session = sessionOf(await (processes[0]?.refresh() ?? assert.fail()));
  for (const { refresh } of [...processes, ...processes]) {
    runtime.pass(10_000);
    const next = sessionOf(await refresh(session));
    assert.ok(next.expiresAt > session.expiresAt);
    session = next;
  }
  assert.equal(provider.shown.length, 5);
});

test("S66: a process knows that another has refreshed a session on", async () => {
  const { runtime, start } = createProcesses();
  const [first, second] = [start(), start()];
  const one = sessionOf(await first.refresh());
  assert.equal(first.refresher.isCurrent(one), true);
  runtime.pass(60_000);
  const two = sessionOf(await second.refresh(one));
  await eventually("it is heard", () => !first.refresher.isCurrent(one));
  assert.equal(first.refresher.isCurrent(two), true);
});

test("S68: the results of a session that has ended are no longer in the store", async () => {
  const { stale, start } = createProcesses();
  const [first, second] = [start(), start()];
  await first.refresh();
  await second.ended.end(stale.id, stale.endsAt);
  const key = `refresh-result:${refreshKey(stale)}`;
  await eventually("it is taken", () => first.store.asked.includes(`take ${key}`));
  assert.equal(await start().store.get(key), undefined);
});

test("S67: shows the store no token, identity or subject", async () => {
  const { store, stale, start } = createProcesses();
  const { refresh, refresher } = start();
  refresher.shown(sessionOf(await refresh()));
  await start().refresh();
  assert.ok(store.seen.length > 6);
  const text = store.seen.flatMap((seen) => [
    seen,
    Buffer.from(seen, "base64url").toString("latin1"),
  ]);
  for (const mark of ["rt-1", "rt-2", "at-2", ada.userId, ada.email ?? ""]) {
    assert.ok(!text.some((seen) => seen.includes(mark)), mark);
  }
  assert.ok(!store.seen.some((seen) => seen.includes(stale.refreshToken ?? "")));
});

test("S11: takes no result that was copied from another token or another session", async () => {
  const { provider, stale, start } = createProcesses();
  const [first, second] = [start(), start()];
  await first.refresh();
  const resultOf = (session: Session) => `refresh-result:${refreshKey(session)}`;
  const sealed = (await first.store.get(resultOf(stale))) ?? assert.fail();
  const other = { ...stale, id: "session-two", refreshToken: "rt-9" };
  await first.store.put(resultOf(other), sealed, 30_000);
  provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  assert.deepEqual(await second.refresh(other), { kind: "unavailable" });
  const sameToken = { ...stale, id: "session-two" };
  assert.deepEqual(await second.refresh(sameToken), { kind: "unavailable" });
});

test("S11: takes no rejection that was meant for another token of the session", async () => {
  const { runtime, stale, start } = createProcesses();
  const { store, refresh } = start();
  const results = createSharedResults({ store, sealer, runtime });
  const other = { ...stale, refreshToken: "rt-0" };
  await results.write(other, { kind: "expired" }, "another");
  const sealed = (await store.get(`refresh-result:${refreshKey(other)}`)) ?? assert.fail();
  await store.put(`refresh-result:${refreshKey(stale)}`, sealed, 30_000);
  assert.equal((await refresh()).kind, "refreshed");
});

test("looks again with the lock in hand: another may have had it since the results were read", async () => {
  const { runtime, provider, stale, start } = createProcesses();
  const { store, refresh } = start();
  const elsewhere = { ...stale, refreshToken: "rt-2", issuedAt: runtime.now() };
  const results = createSharedResults({ store: start().store, sealer, runtime });
  store.fault = async (operation) => {
    if (operation !== "putIfAbsent") return undefined;
    await results.write(stale, { kind: "refreshed", session: elsewhere }, "another");
    return undefined;
  };
  assert.deepEqual(sessionOf(await refresh()), elsewhere);
  assert.deepEqual(provider.shown, []);
  assert.equal(await store.get(`refresh-lock:${refreshKey(stale)}`), undefined);
});

test("takes no result of a gate with another secret, or of another form", async () => {
  const { provider, stale, start } = createProcesses();
  const foreign = createSealer({ secrets: ["another gate's secret, just as long"] });
  await start({ sealer: foreign }).refresh();
  provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  const own = start();
  assert.deepEqual(await own.refresh(), { kind: "unavailable" });
  const key = `refresh-result:${refreshKey(stale)}`;
  for (const odd of [null, {}, { key: refreshKey(stale), outcome: { kind: "refreshed" } }]) {
    await own.store.put(key, await sealer.seal("refresh_result", odd), 30_000);
    assert.deepEqual(await own.refresh(), { kind: "unavailable" });
  }
});

test("writes the result before it gives the lock back", async () => {
  const { stale, start } = createProcesses();
  const { store, refresh } = start();
  await refresh();
  const key = refreshKey(stale);
  const [put, back] = [`put refresh-result:${key}`, `prolong refresh-lock:${key}`];
  assert.deepEqual(
    store.asked.filter((ask) => ask === put || ask === back),
    [put, back],
  );
  assert.equal(await store.get(`refresh-lock:${key}`), undefined);
});

test("takes over when the process that had the lock died with it", async () => {
  const { runtime, provider, stale, start } = createProcesses();
  const { store, refresh } = start();
  await store.put(`refresh-lock:${refreshKey(stale)}`, "a process that died", 15_000);
  const waiting = refresh();
  await eventually("it waits", () => store.asked.length > 8);
  assert.deepEqual(provider.shown, []);
  runtime.pass(15_000);
  assert.equal((await waiting).kind, "refreshed");
});

test("holds the lock for as long as its call lasts", async (t) => {
  const runtime = testRuntime();
  const store = createSharedStore(runtime).view();
  const results = createSharedResults({ store, sealer, runtime });
  const { promise: held, resolve } = Promise.withResolvers<RefreshOutcome>();
  t.after(() => resolve({ kind: "unavailable" }));
  const calls: string[] = [];
  const lockMs = 60;
  const shared = (name: string) =>
    createSharedRefresh({
      ...{ store, results, lockMs, log: silentLog, runtime },
      onRotated: () => {},
      call: () => {
        calls.push(name);
        return held;
      },
    });
  const stale = sessionAt(runtime.now() - 60_000, { refreshToken: "rt-1" });
  const waiting = [shared("first")(stale, subject), shared("second")(stale, subject)];
  const lock = `prolong refresh-lock:${refreshKey(stale)}`;
  for (let times = 1; times <= 8; times += 1) {
    await eventually("it is prolonged", () => {
      return store.asked.filter((ask) => ask === lock).length >= times;
    });
    runtime.pass(lockMs / 3);
  }
  resolve({ kind: "unavailable" });
  await Promise.all(waiting);
  assert.equal(calls.length, 1);
});

test("without the store each process makes one call of its own, and says so once", async () => {
  const { provider, runtime, start } = createProcesses({ rotates: false, lifeMs: 1000 });
  const { store, refresh, logged } = start();
  store.fault = () => "before";
  let last: Session | undefined;
  for (let round = 0; round < 3; round += 1) {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refresh(last)));
    last = sessionOf(outcomes[0] ?? assert.fail());
    runtime.pass(2000);
  }
  assert.equal(provider.shown.length, 3);
  const said = logged.filter((line) => line.includes("shared within this process alone"));
  assert.equal(said.length, 1);
  store.fault = () => undefined;
  await refresh(last);
  runtime.pass(2000);
  store.fault = () => "before";
  await refresh(last);
  assert.equal(logged.filter((line) => line.includes("this process alone")).length, 2);
});

const lostAnswers = [
  { name: "the lock", operation: "putIfAbsent", key: "refresh-lock:" },
  { name: "the result that was read", operation: "get", key: "refresh-result:" },
  { name: "the result that was written", operation: "put", key: "refresh-result:" },
] as const;

for (const { name, operation, key } of lostAnswers) {
  test(`a lost answer about ${name} makes no second call and leaves no lock`, async () => {
    const { provider, stale, start } = createProcesses();
    const [first, second] = [start(), start()];
    let lost = 0;
    first.store.fault = (asked, at) => {
      if (asked !== operation || !at.startsWith(key) || lost > 0) return undefined;
      lost += 1;
      return "after";
    };
    const outcomes = await Promise.all([first.refresh(), second.refresh()]);
    assert.equal(lost, 1);
    assert.deepEqual(sessionOf(outcomes[0]), sessionOf(outcomes[1]));
    assert.deepEqual(provider.shown, ["rt-1"]);
    assert.equal(await second.store.get(`refresh-lock:${refreshKey(stale)}`), undefined);
  });
}

test("a store that goes away while another's call is under way makes an outage, not a second call", async () => {
  const { provider, stale, start } = createProcesses();
  const [first, second] = [start(), start()];
  const { promise: held, resolve } = Promise.withResolvers<void>();
  provider.answer = async () => {
    await held;
    return provider.login();
  };
  const calling = first.refresh();
  await eventually("the provider is asked", () => provider.shown.length === 1);
  second.store.fault = (operation, key) =>
    operation === "get" && key.startsWith("refresh-lock:") ? "before" : undefined;
  assert.deepEqual(await second.refresh(), { kind: "unavailable" });
  second.store.fault = () => undefined;
  const waiting = second.refresh();
  await eventually("it waits", () => second.store.asked.length > 8);
  second.store.fault = () => "before";
  assert.deepEqual(await waiting, { kind: "unavailable" });
  resolve();
  assert.equal((await calling).kind, "refreshed");
  assert.deepEqual(provider.shown, ["rt-1"]);
  assert.equal(second.ended.has(stale.id), false);
});

test("a result that cannot be written leaves the lock to expire, so that nobody sends the token again", async () => {
  const { provider, stale, start } = createProcesses();
  const first = start();
  first.store.fault = (operation, key) =>
    operation === "put" && key.startsWith("refresh-result:") ? "before" : undefined;
  assert.equal((await first.refresh()).kind, "refreshed");
  assert.match(first.logged.join(), /could not be told the result of a refresh/);
  const second = start();
  assert.notEqual(await second.store.get(`refresh-lock:${refreshKey(stale)}`), undefined);
  const waiting = second.refresh();
  await eventually("it waits", () => second.store.asked.length > 8);
  assert.deepEqual(provider.shown, ["rt-1"]);
  await second.ended.end(stale.id, stale.endsAt);
  const results = createSharedResults({ store: second.store, sealer, runtime: nodeRuntime });
  await results.write(stale, { kind: "expired" }, "the test");
  assert.deepEqual(await waiting, { kind: "expired" });
});
