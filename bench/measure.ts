/**
 * Measures in interleaved rounds: each round asks every subject once, so that a busy minute of the machine falls on all of
 * them, and ratios are taken within a round before any average is.
 */
import type { Case, Load } from "./cases/case.ts";
import { cpuSeconds } from "./process.ts";
import type { RunningSubject } from "./subjects/subject.ts";

export interface Sample extends Load {
  /** Microseconds of CPU, user and system, of the whole process tree for one unit. */
  readonly cpuMicros: number;
}

/** Samples by subject, one a round and in the order of rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

export interface MeasureOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly onSample: (subject: string, round: number, sample: Sample) => void;
}

/** Runs a case against all subjects; a first short round warms up and is not counted. */
export async function measure(
  benchCase: Case,
  subjects: ReadonlyMap<string, RunningSubject>,
  options: MeasureOptions,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>([...subjects.keys()].map((name) => [name, []]));
  const standIn = [...subjects.values()].find((subject) => hasCredentials(subject))?.credentials;
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const [name, subject] of subjects) {
      const before = cpuSeconds(subject.pid);
      const load = await benchCase.load(subject, {
        seconds: round === 0 ? 2 : options.seconds,
        connections: options.connections,
        credentials: hasCredentials(subject) ? subject.credentials : (standIn ?? {}),
      });
      const spent = cpuSeconds(subject.pid) - before;
      if (round === 0) continue;
      const sample = { ...load, cpuMicros: (spent * 1e6) / load.units };
      samples.get(name)?.push(sample);
      options.onSample(name, round, sample);
    }
  }
  return samples;
}

function hasCredentials(subject: RunningSubject): boolean {
  return Object.keys(subject.credentials).length > 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The median over the rounds of what one subject cost, divided by what the other cost in the same round. */
export function costRatio(samples: Samples, subject: string, rival: string): number {
  const rivals = samples.get(rival) ?? [];
  const ratios = (samples.get(subject) ?? []).map(
    (sample, round) => sample.cpuMicros / (rivals[round]?.cpuMicros ?? Number.NaN),
  );
  return median(ratios);
}
