/** What a run has to show, each with the figure that was found. One that is missed fails the run. */
import type { Check, Findings } from "./report.ts";

/** Shares that a trend may gain over the second half: more than the noise of a collector, less than a leak. */
export const bounds = { resident: 0.05, heap: 0.05 } as const;

export interface Found {
  readonly answers: number;
  readonly violations: number;
  readonly lostSessions: number;
  readonly memory: Findings["memory"];
  readonly sockets: Findings["sockets"];
  readonly refreshes: number;
}

/** In the order of the report. */
export function checksOf(found: Found): readonly Check[] {
  const { resident, heap } = found.memory;
  const { before, after } = found.sockets;
  return [
    {
      sentence: `${found.violations} of ${found.answers} answers were not as expected`,
      met: found.violations === 0 && found.answers > 0,
    },
    {
      sentence: `${found.lostSessions} sessions were lost, through ${found.refreshes} refreshes`,
      met: found.lostSessions === 0 && found.refreshes > 0,
    },
    {
      sentence: `resident memory gained ${percent(resident.gain)} in the second half, at most ${percent(bounds.resident)}`,
      met: resident.gain <= bounds.resident,
    },
    {
      sentence: `the collected heap gained ${percent(heap.gain)} in the second half, at most ${percent(bounds.heap)}`,
      met: heap.gain <= bounds.heap,
    },
    {
      sentence: `${after} sockets are open after the run, ${before} were before it`,
      met: after <= before,
    },
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
