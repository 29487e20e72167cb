/** One line that says how a run goes: in place on a terminal, twice a minute elsewhere. */
import type { Held } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import type { Outages } from "./outages.ts";
import { mib } from "./report.ts";
import type { Memory } from "./sampler.ts";

export interface Progress {
  readonly seconds: number;
  readonly of: number;
  readonly ledger: Pick<Ledger, "total" | "violations">;
  readonly crowd: { readonly held: Held; signedIn(): number };
  readonly outages: Pick<Outages, "away">;
  readonly memory: Memory;
}

export function progressLine({ seconds, of, ledger, crowd, outages, memory }: Progress): string {
  const resident = memory.resident.at(-1)?.value;
  const heap = memory.heap.at(-1)?.value;
  const away = [
    ...(outages.away("upstream") ? ["dashboard away"] : []),
    ...(outages.away("provider") ? ["provider away"] : []),
  ];
  return [
    `${Math.round(seconds)} of ${Math.round(of)} s`,
    `${ledger.total} answers`,
    `${crowd.signedIn()} signed in`,
    `${crowd.held.sockets} sockets`,
    `${crowd.held.streams} streams`,
    `resident ${resident === undefined ? "?" : mib(resident)}`,
    `heap ${heap === undefined ? "?" : mib(heap)}`,
    `${ledger.violations} violations`,
    ...away,
  ].join(" | ");
}

/** Shows the line again and again until the function returned is called. */
export function showProgress(line: () => string): () => void {
  const { stdout } = process;
  if (!stdout.isTTY) {
    const timer = setInterval(() => console.log(line()), 30_000);
    return () => clearInterval(timer);
  }
  const show = (): void => {
    // Cut to the width: a line that wraps could not be written over.
    stdout.write(`\r\x1b[2K${line().slice(0, (stdout.columns || 120) - 1)}`);
  };
  const timer = setInterval(show, 1000);
  return () => {
    clearInterval(timer);
    stdout.write("\r\x1b[2K");
  };
}
