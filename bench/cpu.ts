/**
 * What programs cost, from the kernel's own account: CPU time over a whole process tree, so that workers, threads and helpers
 * of a subject are not forgotten; and how busy the rest of the machine was meanwhile, since that makes every figure worse.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Linux reports in ticks of 10 ms, whatever the kernel's own clock. */
const tickSeconds = 0.01;

interface ProcessStat {
  readonly parent: number;
  /** User and system, of all its threads. */
  readonly ticks: number;
  /** The same of children that have ended and were waited for. */
  readonly endedTicks: number;
}

function readStat(pid: string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      endedTicks: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

function treeOf(root: number): readonly ProcessStat[] {
  const processes = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) processes.set(Number(name), stat);
  }
  const wanted = [root];
  for (const pid of wanted) {
    for (const [child, { parent }] of processes) if (parent === pid) wanted.push(child);
  }
  return wanted.flatMap((pid) => processes.get(pid) ?? []);
}

/** Seconds of CPU, user and system, that the live processes of the tree have used so far, all threads counted. */
export function cpuSeconds(root: number): number {
  return treeOf(root).reduce((sum, { ticks }) => sum + ticks, 0) * tickSeconds;
}

/** Seconds that the cores were busy or withheld by the host, for whomever, since the machine started. */
function busySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * tickSeconds;
}

/** Starts watching; the function returned says how many cores, on average, others than this process and its children kept busy. */
export function watchOthers(): () => number {
  const own = (): number =>
    treeOf(process.pid).reduce((sum, stat) => sum + stat.ticks + stat.endedTicks, 0) * tickSeconds;
  const others = (): number => busySeconds() - own();
  const startedAt = performance.now();
  const before = others();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    return Math.max(0, (others() - before) / seconds);
  };
}
