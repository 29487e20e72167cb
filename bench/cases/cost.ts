/** What a load costs a subject: the CPU time of its process tree from the load's beginning to its end, for one unit. */
import { cpuSeconds } from "../cpu.ts";
import { residentMegabytes } from "../process-tree.ts";
import type { RunningSubject } from "../subjects/subject.ts";
import type { Figures } from "./case.ts";

export interface Load {
  /** Requests, messages or megabytes that were answered in full. */
  readonly units: number;
  readonly seconds: number;
  readonly p50?: number;
  readonly p99?: number;
}

/** The figures `rate`, `cpu`, `memory` and, where the load has them, `p50` and `p99`. */
export async function costed(
  { program }: RunningSubject,
  load: () => Promise<Load>,
): Promise<Figures> {
  const before = cpuSeconds(program.pid);
  const { units, seconds, p50, p99 } = await load();
  const spent = cpuSeconds(program.pid) - before;
  return {
    rate: units / seconds,
    cpu: (spent * 1e6) / units,
    memory: residentMegabytes(program.pid),
    ...(p50 !== undefined && { p50 }),
    ...(p99 !== undefined && { p99 }),
  };
}
