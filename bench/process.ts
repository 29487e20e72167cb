/**
 * Starts and stops the programs of a run, and says what they cost: CPU time from the kernel's own account, over a whole
 * process tree, so that workers, threads and helpers of a subject are not forgotten.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
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

/** Clock ticks of a process: user and system, and which process started it. */
function readStat(pid: string): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

/** Linux reports in ticks of 10 ms, whatever the kernel's own clock. */
const tickSeconds = 0.01;

/** Seconds of CPU, user and system, that the live processes of the tree have used so far, all threads counted. */
export function cpuSeconds(root: number): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) processes.set(Number(name), stat);
  }
  let ticks = 0;
  const wanted = [root];
  for (const pid of wanted) {
    ticks += processes.get(pid)?.ticks ?? 0;
    for (const [child, { parent }] of processes) if (parent === pid) wanted.push(child);
  }
  return ticks * tickSeconds;
}
