/** What programs cost in time of the cores, and how busy the rest of the machine was meanwhile, since that makes every figure worse. */
import { readFileSync } from "node:fs";
import { processTree, type TreeProcess } from "./process-tree.ts";

/** Linux reports in ticks of 10 ms, whatever the kernel's own clock. */
const tickSeconds = 0.01;

function used(tree: readonly TreeProcess[]): number {
  return tree.reduce((sum, { ticks, endedTicks }) => sum + ticks + endedTicks, 0) * tickSeconds;
}

/** Seconds of CPU, user and system, that the tree has used so far: all threads, and children that have ended. */
export function cpuSeconds(root: number): number {
  return used(processTree(root));
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
  const others = (): number => busySeconds() - cpuSeconds(process.pid);
  const startedAt = performance.now();
  const before = others();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    return Math.max(0, (others() - before) / seconds);
  };
}
