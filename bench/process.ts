/** Starts and stops the programs of a run, and waits until they answer. None outlives the run. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  readonly pid: number;
  /** Ends it with SIGTERM and waits until it is gone; SIGKILL after 5 s. */
  stop(): Promise<void>;
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

/** Starts a program. Fails when it cannot be started at all. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Program> {
  const log = openSync(options.log, "a");
  const child = spawn(command, args, {
    cwd: options.directory,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", log, log],
  });
  running.add(child);
  const gone = new Promise<void>((resolve) =>
    child.once("close", () => {
      running.delete(child);
      resolve();
    }),
  );
  await started(child);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  return {
    pid,
    async stop() {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(hard);
    },
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve());
    child.once("error", reject);
  });
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

/** Waits until the URL answers with this status. Fails after 15 s with what came last. */
export async function untilAnswers(
  url: string,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const deadline = Date.now() + 15_000;
  let last = "nothing";
  while (Date.now() < deadline) {
    try {
      const answer = await fetch(url, { headers, redirect: "manual" });
      await answer.arrayBuffer();
      if (answer.status === status) return;
      last = `status ${answer.status}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(50);
  }
  throw new Error(`${url} does not answer ${status}: ${last}`);
}
