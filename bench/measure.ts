/**
 * Measures in interleaved rounds: each round asks every subject once, so that a busy minute of the machine falls on all of
 * them. A round that other programs disturbed is repeated: contention costs a runtime with a large working set far more than
 * it costs nginx, so no ratio evens it out. What a shared host does unseen stays; it only ever adds, so a low round tells most.
 */
import type { Ask, Case, CaseRun, Figures } from "./cases/case.ts";
import type { RunningSubject } from "./subjects/subject.ts";

/** Figures by subject, one a round and in the order of rounds. */
export type Samples = ReadonlyMap<string, readonly Figures[]>;

export interface Measured {
  readonly benchCase: Case;
  readonly samples: Samples;
  /** Rounds that count. */
  readonly rounds: number;
  /** How many of these others disturbed: there were too many to repeat. */
  readonly disturbed: number;
}

export interface MeasureOptions extends Omit<CaseRun, "credentials"> {
  readonly rounds: number;
  /** Starts watching the rest of the machine; what it returns says how many cores others kept busy since. */
  readonly watchOthers: () => () => number;
  readonly onRound: (round: number, figures: ReadonlyMap<string, Figures>, others: number) => void;
}

/** Cores that others may keep busy in a round that counts. */
const quietCores = 0.2;
const warmUpSeconds = 2;

/**
 * Runs a case against its subjects. A first short round warms up and is not counted. A disturbed round is repeated, at most
 * as often as there are rounds; where the machine never falls quiet, disturbed rounds count in the end.
 */
export async function measure(benchCase: Case, options: MeasureOptions): Promise<Measured> {
  const { subjects, seconds } = options;
  const { leastRounds = 1, maxRounds = Number.POSITIVE_INFINITY } = benchCase;
  const rounds = Math.min(Math.max(options.rounds, leastRounds), maxRounds);
  const ask = await benchCase.begin({ ...options, credentials: credentialsOf(subjects) });
  const samples = new Map<string, Figures[]>([...subjects.keys()].map((name) => [name, []]));
  if (benchCase.cold !== true) await askAll(ask, subjects, Math.min(warmUpSeconds, seconds));
  let repeats = rounds;
  let disturbed = 0;
  for (let round = 1; round <= rounds; ) {
    const others = options.watchOthers();
    const found = await askAll(ask, subjects, seconds);
    const busy = others();
    options.onRound(round, found, busy);
    if (busy > quietCores && repeats > 0) {
      repeats -= 1;
      continue;
    }
    if (busy > quietCores) disturbed += 1;
    for (const [name, figures] of found) samples.get(name)?.push(figures);
    round += 1;
  }
  return { benchCase, samples, rounds, disturbed };
}

async function askAll(
  ask: Ask,
  subjects: ReadonlyMap<string, RunningSubject>,
  seconds: number,
): Promise<ReadonlyMap<string, Figures>> {
  const found = new Map<string, Figures>();
  for (const [name, subject] of subjects) {
    try {
      found.set(name, await ask(subject, seconds));
    } catch (error) {
      throw new Error(`${name} failed`, { cause: error });
    }
  }
  return found;
}

/** Who has none gets those of another: the same bytes for everybody. */
function credentialsOf(subjects: ReadonlyMap<string, RunningSubject>): CaseRun["credentials"] {
  const all = [...subjects.values()].map(({ credentials }) => credentials);
  const standIn = all.find(hasAny) ?? {};
  return ({ credentials }) => (hasAny(credentials) ? credentials : standIn);
}

function hasAny(credentials: Readonly<Record<string, string>>): boolean {
  return Object.keys(credentials).length > 0;
}
