/**
 * What is asked of the subjects. A new case is one file here and one row in `index.ts`: it names its figures, how they are
 * told and compared, and which of them has a goal; measuring and report know none of them by name.
 */
import type { BenchEnvironment, Play, RunningSubject } from "../subjects/subject.ts";

/** What one round found about one subject, by the key of a column. */
export type Figures = Readonly<Record<string, number>>;

export interface Column {
  readonly key: string;
  /** As in the table's head and in the sentence of a goal. */
  readonly title: string;
  /** Turns the figures of all rounds into one. */
  readonly pick: (values: readonly number[]) => number;
  readonly show: (value: number) => string;
}

/** One subject's figure beside another's of the same run. */
export interface Comparison {
  readonly key: string;
  readonly rival: string;
  readonly as: "ratio" | "difference";
}

/** What a figure, or its comparison, may be at most or must be at least. */
export interface Goal {
  readonly subject: string;
  readonly of: string | Comparison;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface CaseRun {
  readonly environment: BenchEnvironment;
  readonly subjects: ReadonlyMap<string, RunningSubject>;
  /** Connections of a load, where the case does not say otherwise. */
  readonly connections: number;
  /** Seconds that one load lasts. */
  readonly seconds: number;
  /** What an authenticated request to the subject carries: its own credentials, or as many bytes where it asks for none. */
  credentials(subject: RunningSubject): Readonly<Record<string, string>>;
}

/** Puts load on the subject. Fails when any answer is not the expected one. */
export type Ask = (subject: RunningSubject, seconds: number) => Promise<Figures>;

export interface Case {
  readonly name: string;
  readonly description: string;
  /** Which subjects take part. */
  readonly needs: Play;
  readonly columns: readonly Column[];
  /** The figure that is told of each round. Default `cpu`. */
  readonly roundKey?: string;
  readonly comparisons: readonly Comparison[];
  readonly goals: readonly Goal[];
  /** So many rounds are enough. Default: as many as the run has. */
  readonly maxRounds?: number;
  /** So many rounds, where the run has fewer. */
  readonly leastRounds?: number;
  /** No round that warms up comes before those that count. */
  readonly cold?: boolean;
  /** Called once, before the first round. */
  begin(run: CaseRun): Promise<Ask>;
}
