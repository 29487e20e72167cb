/**
 * A program with all its workers and helpers, from the kernel's own account: nothing that a subject does is forgotten because
 * it does it in another process.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface TreeProcess {
  readonly pid: number;
  readonly parent: number;
  /** User and system, of all its threads. */
  readonly ticks: number;
  /** The same of children that have ended and were waited for. */
  readonly endedTicks: number;
}

function readStat(pid: string): TreeProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      endedTicks: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

/** The live processes of the tree, its root first; empty when the root is gone. */
export function processTree(root: number): readonly TreeProcess[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(name) ?? []);
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/**
 * Megabytes (10^6) that the tree holds in memory. Pages that several processes share count by the share of each, so that a
 * server which forks does not pay twice for its code. What the kernel keeps for sockets is not in it.
 */
export function residentMegabytes(root: number): number {
  let kibibytes = 0;
  for (const { pid } of processTree(root)) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
      kibibytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]);
    } catch {
      // it ended between the listing and the reading
    }
  }
  return (kibibytes * 1024) / 1e6;
}
