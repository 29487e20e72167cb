/**
 * Keeps a number of workers alive: starts them, starts another for one that has died, and waits for all of them at the end. After two in
 * a row that died at once the next is started later and later, for a machine that cannot start it must not be kept busy with trying.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { StateWord, Worker, WorkerEvents } from "./employ.ts";
import { fromFailure } from "./failure.ts";
import type { Facts, Order } from "./messages.ts";

export interface PoolOptions {
  readonly count: number;
  /** Starts a process. */
  readonly employ: (events: WorkerEvents) => Worker;
  /** What a worker is told first. */
  readonly startOrder: () => Order;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Milliseconds before a second worker that died at once is started again; doubled each time. Default 100, 10000 at most. */
  readonly firstDelayMs?: number;
}

export interface Pool {
  /** Resolves when all workers serve. Fails with the first worker's failure, and then has none any more. */
  readonly started: Promise<Facts>;
  /** All that live, those that start or end too. */
  all(): readonly Worker[];
  /** Those that take connections. */
  serving(): readonly Worker[];
  /** Workers started in place of one that died. */
  restarts(): number;
  /** Tells all to stop, and resolves when they are gone; after so many milliseconds they are killed. */
  stop(limitMs: number): Promise<void>;
}

interface Member {
  readonly worker: Worker;
  /** How many died at once before it, in a row. */
  readonly failures: number;
  servesSince?: number;
  /** Ends, or has ended, and another has its place. */
  replaced: boolean;
}

const maxDelayMs = 10_000;
/** A worker that has served for so long did not die at once. */
const soundAfterMs = 10_000;

/** Starts the workers. */
export function createPool(options: PoolOptions): Pool {
  const { count, employ, runtime, log, firstDelayMs = 100 } = options;
  const members = new Set<Member>();
  const delays = new Set<NodeJS.Timeout>();
  const start = Promise.withResolvers<Facts>();
  const end = Promise.withResolvers<void>();
  let begun = false;
  let stopping = false;
  let restarts = 0;

  function launch(failures: number): void {
    const worker = employ({
      state: (word) => hear(member, word),
      ended: (how) => forget(member, how),
    });
    const member: Member = { worker, failures, replaced: false };
    members.add(member);
  }

  function hear(member: Member, word: StateWord): void {
    const { worker } = member;
    if (word.kind === "here") {
      worker.send(options.startOrder());
    } else if (word.kind === "serving") {
      member.servesSince = runtime.now();
      stopReplaced();
      if (begun || serving().length < count) return;
      begun = true;
      start.resolve(word);
    } else if (word.kind === "leaving") {
      replace(member);
      stopReplaced();
    } else if (begun) {
      log.error({ worker: worker.pid, reason: word.failure.message }, "a worker cannot start");
    } else {
      giveUp(fromFailure(word.failure));
    }
  }

  function forget(member: Member, how: number | string): void {
    members.delete(member);
    if (stopping) {
      if (members.size === 0) end.resolve();
      return;
    }
    if (!begun) {
      giveUp(new Error(`a worker ended before it served (${how})`));
      return;
    }
    if (member.replaced) return;
    log.error({ worker: member.worker.pid, how }, "a worker has ended: another takes its place");
    replace(member);
  }

  function replace(member: Member): void {
    if (stopping || member.replaced) return;
    member.replaced = true;
    const served = member.servesSince === undefined ? 0 : runtime.now() - member.servesSince;
    const failures = served >= soundAfterMs ? 0 : member.failures + 1;
    // One death is no row: nothing may listen until the next is there.
    const delay = failures < 2 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 2));
    const timer = setTimeout(() => {
      delays.delete(timer);
      restarts += 1;
      launch(failures);
    }, delay);
    delays.add(timer);
  }

  /** Those that had a bug stop once another serves: until then they are better than a closed port. */
  function stopReplaced(): void {
    if (serving().length === 0) return;
    for (const { worker, replaced } of members) if (replaced) worker.send({ kind: "stop" });
  }

  /** The gate does not start: nothing of it may stay. */
  function giveUp(error: Error): void {
    if (stopping) return;
    stop(0).then(() => start.reject(error), start.reject);
  }

  function serving(): readonly Worker[] {
    return [...members].flatMap(({ worker, servesSince, replaced }) =>
      servesSince === undefined || replaced ? [] : [worker],
    );
  }

  function stop(limitMs: number): Promise<void> {
    stopping = true;
    for (const timer of delays) clearTimeout(timer);
    delays.clear();
    if (members.size === 0) return Promise.resolve();
    for (const { worker } of members) worker.send({ kind: "stop" });
    const hard = setTimeout(() => {
      for (const { worker } of members) worker.kill();
    }, limitMs);
    return end.promise.finally(() => clearTimeout(hard));
  }

  for (let index = 0; index < count; index += 1) launch(0);
  return {
    started: start.promise,
    all: () => [...members].map(({ worker }) => worker),
    serving,
    restarts: () => restarts,
    stop,
  };
}
