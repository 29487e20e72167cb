/** Starts, stops and restarts the programs of a run, and waits until they answer. None outlives the run. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  /** Of the process that runs now: another one after a restart. */
  readonly pid: number;
  /** Ends it with SIGTERM and waits until it is gone; SIGKILL after 5 s. */
  stop(): Promise<void>;
  /** Starts it again, with the same arguments, after `stop`. Resolves when it was started, not when it answers. */
  start(): Promise<void>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Standard output and error go to this file. */
  readonly log: string;
}

/** What still runs when the run itself fails or is interrupted: it must not outlive it. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

/** Makes sure that the child does not outlive the run. */
export function watchChild(child: ChildProcess): void {
  running.add(child);
  child.once("close", () => running.delete(child));
}

/** Starts a program. Fails when it cannot be started at all. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Program> {
  const log = openSync(options.log, "a");
  let child: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    const next = spawn(command, args, {
      cwd: options.directory,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", log, log],
    });
    watchChild(next);
    gone = new Promise((resolve) => next.once("close", resolve));
    await new Promise<void>((resolve, reject) => {
      next.once("spawn", () => resolve());
      next.once("error", reject);
    });
    child = next;
  }

  await start();
  return {
    get pid() {
      if (child?.pid === undefined) throw new Error(`${command} does not run`);
      return child.pid;
    },
    start,
    async stop() {
      const ending = child;
      child = undefined;
      ending?.kill("SIGTERM");
      const hard = setTimeout(() => ending?.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(hard);
    },
  };
}

/** A TCP port that is free just now. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port was bound");
      server.close(() => resolve(address.port));
    });
  });
}

const patienceMs = 15_000;

/**
 * Waits until the URL answers with this status, or at all when it is undefined. Asks on a fresh connection each time, since
 * one that was refused says nothing of the next. Resolves with the milliseconds that it took. Fails after 15 s with what
 * came last.
 */
export async function untilAnswers(
  url: string,
  status?: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const startedAt = performance.now();
  let last = "nothing";
  while (performance.now() - startedAt < patienceMs) {
    try {
      const answered = await ask(url, headers);
      if (status === undefined || status === answered) return performance.now() - startedAt;
      last = `status ${answered}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(2);
  }
  throw new Error(`${url} does not answer ${status ?? "at all"}: ${last}`);
}

function ask(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers, timeout: patienceMs }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    request.once("timeout", () => request.destroy(new Error("time-out")));
    request.once("error", reject);
  });
}
