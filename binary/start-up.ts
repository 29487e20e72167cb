/** How long the executable takes from its start to its first answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";

export interface StartUp {
  /** Milliseconds from the start of the process to the first answer: the median. */
  readonly wallMs: number;
  /** Milliseconds of processor time that the process had used by then: the median. */
  readonly cpuMs: number;
}

/** Starts it once to warm the file cache, then `rounds` times. Its files are made in `folder`. Linux alone counts processor time. */
export async function measureStartUp(
  program: string,
  folder: string,
  rounds: number,
): Promise<StartUp> {
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const { wallMs, cpuMs } = await startOnce(program, folder);
    if (round > 0) {
      walls.push(wallMs);
      cpus.push(cpuMs);
    }
  }
  return { wallMs: median(walls), cpuMs: median(cpus) };
}

async function startOnce(program: string, folder: string): Promise<StartUp> {
  const socketPath = join(folder, "gate.sock");
  const flags = ["--upstream", "127.0.0.1:9", "--listen", `unix:${socketPath}`];
  const idp = ["--issuer", "http://127.0.0.1:9", "--client-id", "start-up"];
  const begun = performance.now();
  const child = spawn(program, [...flags, ...idp], {
    ...{ cwd: folder, env: { HOME: folder }, stdio: ["ignore", "ignore", "inherit"] },
  });
  try {
    while (!(await answers(socketPath))) {
      if (child.exitCode !== null) throw new Error("the gate ended before it answered");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { wallMs: performance.now() - begun, cpuMs: cpuMsOf(child.pid ?? 0) };
  } finally {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    rmSync(socketPath, { force: true });
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { socketPath, path: "/api/auth/status", agent: false };
    get({ ...options, headers: { host: "localhost" } }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode === 200));
    }).on("error", () => resolve(false));
  });
}

/** Of all threads, from the scheduler's own count in nanoseconds; 0 where there is none. */
function cpuMsOf(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
    );
    return spent.reduce((sum, ns) => sum + ns, 0) / 1e6;
  } catch {
    return 0;
  }
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
