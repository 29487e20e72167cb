/**
 * Measures in interleaved rounds: each round asks every subject once, so that a busy minute of the machine falls on all of
 * them. A round that other programs disturbed is repeated: contention costs a runtime with a large working set far more than
 * it costs nginx, so no ratio evens it out. What a shared host does unseen stays; it only ever adds, so a low round tells most.
 */
import type { Case, Load } from "./cases/case.ts";
import { cpuSeconds } from "./cpu.ts";
import type { RunningSubject } from "./subjects/subject.ts";

export interface Sample extends Load {
  /** Microseconds of CPU, user and system, of the whole process tree for one unit. */
  readonly cpuMicros: number;
}

/** Samples by subject, one a round and in the order of rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

export interface Measured {
  readonly samples: Samples;
  /** How many of the rounds that count others disturbed: there were too many to repeat. */
  readonly disturbed: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Starts watching the rest of the machine; what it returns says how many cores others kept busy since. */
  readonly watchOthers: () => () => number;
  readonly onRound: (round: number, samples: ReadonlyMap<string, Sample>, others: number) => void;
}

/** Cores that others may keep busy in a round that counts. */
const quietCores = 0.2;

/**
 * Runs a case against all subjects. A first short round warms up and is not counted. A disturbed round is repeated, at most
 * as often as there are rounds; where the machine never falls quiet, disturbed rounds count in the end.
 */
export async function measure(
  benchCase: Case,
  subjects: ReadonlyMap<string, RunningSubject>,
  options: MeasureOptions,
): Promise<Measured> {
  const standIn = [...subjects.values()].find((subject) => hasCredentials(subject))?.credentials;
  const samples = new Map<string, Sample[]>([...subjects.keys()].map((name) => [name, []]));
  await askAll(2);
  let repeats = options.rounds;
  let disturbed = 0;
  for (let round = 1; round <= options.rounds; ) {
    const others = options.watchOthers();
    const found = await askAll(options.seconds);
    const busy = others();
    options.onRound(round, found, busy);
    if (busy > quietCores && repeats > 0) {
      repeats -= 1;
      continue;
    }
    if (busy > quietCores) disturbed += 1;
    for (const [name, sample] of found) samples.get(name)?.push(sample);
    round += 1;
  }
  return { samples, disturbed };

  async function askAll(seconds: number): Promise<ReadonlyMap<string, Sample>> {
    const found = new Map<string, Sample>();
    for (const [name, subject] of subjects) {
      const before = cpuSeconds(subject.pid);
      const load = await benchCase.load(subject, {
        seconds,
        connections: options.connections,
        credentials: hasCredentials(subject) ? subject.credentials : (standIn ?? {}),
      });
      const spent = cpuSeconds(subject.pid) - before;
      found.set(name, { ...load, cpuMicros: (spent * 1e6) / load.units });
    }
    return found;
  }
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

/** The first quarter's end: with seven rounds the second best. Disturbance only ever adds to a cost. */
export function lowerQuartile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? Number.NaN;
}

/** Microseconds of CPU for one unit. */
export function cost(samples: Samples, subject: string): number {
  return lowerQuartile((samples.get(subject) ?? []).map(({ cpuMicros }) => cpuMicros));
}

/** What one subject costs, divided by what the other does. */
export function costRatio(samples: Samples, subject: string, rival: string): number {
  return cost(samples, subject) / cost(samples, rival);
}
