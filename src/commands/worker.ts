/**
 * The process of a worker: its end, its output, its signals. It obeys its primary alone: a signal to the whole group, as Ctrl-C and a
 * service manager send it, would otherwise end it in the middle of what the primary lets it finish. Without the primary it ends
 * at once, which node:cluster sees to.
 */
import { collectFullyWhenGrown } from "../base/full-collections.ts";
import { createLog, type RootLog } from "../base/log.ts";
import { nodeRuntime } from "../base/runtime.ts";
import type { Order, Word } from "../workers/messages.ts";
import { createWorker } from "../workers/worker.ts";
import { exitCodes } from "./exit-codes.ts";

/** Serves until the primary says that it is over, and then ends the process. */
export function runWorker(): Promise<never> {
  collectFullyWhenGrown();
  let log: RootLog | undefined;
  let serves = false;
  let failed = false;
  const send = (word: Word): void => {
    serves ||= word.kind === "serving";
    process.send?.(word);
  };
  const end = async (code: number): Promise<void> => {
    await log?.flush();
    process.exit(failed ? exitCodes.failure : code);
  };
  const obey = createWorker({
    ...{ runtime: nodeRuntime, send, end },
    makeLog(settings, colour) {
      log = createLog({ ...settings, colour });
      return log;
    },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("uncaughtException", (err) => {
    if (log === undefined) process.stderr.write(`${err.stack}\n`);
    log?.error({ err }, "a bug that nothing caught: this worker is replaced");
    if (failed) return;
    failed = true;
    if (serves) send({ kind: "leaving" });
    else void end(exitCodes.failure);
  });
  process.on("message", (order: Order) => obey(order));
  send({ kind: "here" });
  return new Promise(() => {});
}
