/** What the pool does about the ends of workers. The workers are played: each is what it says, and how it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateWord, Worker, WorkerEvents } from "../../src/workers/employ.ts";
import type { Order } from "../../src/workers/messages.ts";
import { createPool } from "../../src/workers/pool.ts";
import { eventually } from "../support/eventually.ts";
import { logInto } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

interface Played extends WorkerEvents {
  readonly pid: number;
  readonly told: string[];
  killed: boolean;
}

const serving: StateWord = { kind: "serving", address: "http://x", providers: [], skipped: [] };

function startPool(count: number, firstDelayMs = 0) {
  const runtime = testRuntime();
  const played: Played[] = [];
  const logged: string[] = [];
  const startOrder = (): Order => ({ kind: "take" });
  const pool = createPool({
    ...{ count, startOrder, runtime, firstDelayMs, log: logInto(logged) },
    employ(events): Worker {
      const one: Played = { ...events, pid: played.length + 1, told: [], killed: false };
      played.push(one);
      return {
        pid: one.pid,
        send: (order) => one.told.push(order.kind),
        kill() {
          one.killed = true;
          one.ended("SIGKILL");
        },
        ask: () => Promise.reject(new Error("unused")),
      };
    },
  });
  const worker = (index: number): Played => {
    const found = played[index];
    assert.ok(found !== undefined);
    return found;
  };
  return { pool, played, worker, runtime, logged };
}

const pids = (workers: readonly Worker[]) => workers.map(({ pid }) => pid);

test("has started when every worker serves, each told to start once it is there", async () => {
  const { pool, played, worker } = startPool(2);
  assert.equal(played.length, 2);
  assert.deepEqual(worker(0).told, []);
  for (const one of played) one.state({ kind: "here" });
  assert.deepEqual(worker(0).told, ["take"]);
  worker(0).state(serving);
  assert.deepEqual(pids(pool.serving()), [1]);
  worker(1).state(serving);
  assert.equal((await pool.started).address, "http://x");
});

test("fails to start with the first failure, and leaves no worker behind", async () => {
  const { pool, played, worker } = startPool(3);
  worker(0).state(serving);
  const failure = { name: "Error", message: "taken", code: "EADDRINUSE" };
  worker(1).state({ kind: "failed", failure });
  worker(1).ended(1);
  await assert.rejects(pool.started, { message: "taken", code: "EADDRINUSE" });
  assert.ok(worker(0).killed && worker(2).killed);
  assert.equal(played.length, 3, "none was started again");
  assert.deepEqual(pool.all(), []);
});

test("a worker that ends before it serves, without a word, is a failure too", async () => {
  const { pool, worker } = startPool(1);
  worker(0).ended("SIGSEGV");
  await assert.rejects(pool.started, /a worker ended before it served \(SIGSEGV\)/);
});

test("replaces a worker that died, and says so once", async () => {
  const { pool, played, worker, logged } = startPool(2);
  for (const one of played) one.state(serving);
  worker(0).ended("SIGKILL");
  assert.deepEqual(pids(pool.serving()), [2]);
  await eventually("another", () => played.length === 3);
  worker(2).state(serving);
  assert.deepEqual(pids(pool.serving()), [2, 3]);
  assert.equal(pool.restarts(), 1);
  assert.equal(logged.length, 1, logged.join());
});

test("a worker that had a bug stops at once where another serves, else when another does", async () => {
  const { pool, played, worker } = startPool(2);
  for (const one of played) one.state(serving);
  worker(0).state({ kind: "leaving" });
  assert.deepEqual(worker(0).told, ["stop"]);
  worker(1).state({ kind: "leaving" });
  assert.deepEqual(worker(1).told, [], "nobody else would take connections");
  await eventually("others", () => played.length === 4);
  assert.deepEqual(worker(1).told, []);
  worker(2).state(serving);
  assert.deepEqual(worker(1).told, ["stop"]);
  assert.deepEqual(worker(2).told, []);
  await pool.stop(0);
});

test("replaces a worker that leaves before it has ended, and not again when it ends", async () => {
  const { pool, played, worker, logged } = startPool(1);
  worker(0).state(serving);
  worker(0).state({ kind: "leaving" });
  assert.deepEqual(pids(pool.serving()), []);
  await eventually("another", () => played.length === 2);
  assert.deepEqual(pids(pool.all()), [1, 2]);
  worker(1).state(serving);
  worker(0).ended(1);
  assert.deepEqual(logged, []);
  worker(1).ended(1);
  await eventually("one more", () => played.length === 3);
  assert.equal(pool.restarts(), 2);
});

test("starts another at once, later and later after several that died at once, and at once again after one that has served", async (t) => {
  const { pool, played, worker, runtime, logged } = startPool(1, 100);
  t.after(() => pool.stop(0));
  worker(0).state(serving);
  const waits: number[] = [];
  for (let round = 1; round <= 5; round += 1) {
    const begun = performance.now();
    worker(round - 1).ended(1);
    await eventually("another", () => played.length === round + 1);
    waits.push(performance.now() - begun);
  }
  const [first = 0, ...later] = waits;
  assert.ok(first < 95, `${waits}`);
  for (const [index, wait] of later.entries()) assert.ok(wait >= 100 * 2 ** index - 1, `${waits}`);
  worker(5).state(serving);
  runtime.pass(10_000);
  const begun = performance.now();
  worker(5).ended(1);
  await eventually("another", () => played.length === 7);
  assert.ok(performance.now() - begun < 300, "not the 1.6 s that would be next");
  assert.equal(logged.length, 6);
});

test("a worker that cannot start once others serve is told in the log, and does not end the gate", async () => {
  const { pool, played, worker, logged } = startPool(1);
  worker(0).state(serving);
  worker(0).ended(1);
  await eventually("another", () => played.length === 2);
  worker(1).state({ kind: "failed", failure: { name: "Error", message: "no store" } });
  assert.match(logged.at(-1) ?? "", /a worker cannot start/);
  worker(1).ended(1);
  await eventually("one more", () => played.length === 3);
  await pool.stop(0);
});

test("a stop waits for every worker, starts none again, and kills those that do not end", async () => {
  const { pool, played, worker } = startPool(3);
  for (const one of played) one.state(serving);
  worker(2).ended(1);
  let over = false;
  const stopped = pool.stop(20).then(() => {
    over = true;
  });
  assert.deepEqual(worker(0).told, ["stop"]);
  worker(0).ended(0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(over, false);
  await stopped;
  assert.ok(worker(1).killed && !worker(0).killed);
  assert.equal(played.length, 3);
});
