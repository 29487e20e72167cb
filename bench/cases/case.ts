/** What is asked of every subject. A new case is one file here and one row in `index.ts`. */
import type { RunningSubject } from "../subjects/subject.ts";

export interface Load {
  /** Requests, messages or bytes that were answered in full: what CPU time is divided by. */
  readonly units: number;
  readonly seconds: number;
  /** Milliseconds at the median and at the 99th of a hundred. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly seconds: number;
  readonly connections: number;
  /** What an authenticated request carries: the subject's own credentials, or as many bytes where it asks for none. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** The most that a subject may cost, as a multiple of a rival's cost in the same run. */
export interface Target {
  readonly subject: string;
  readonly rival: string;
  readonly atMost: number;
}

export interface Case {
  readonly name: string;
  readonly description: string;
  /** What one unit is: "request". */
  readonly unit: string;
  readonly targets: readonly Target[];
  /** Puts load on the subject. Fails when any answer is not the expected one. */
  load(subject: RunningSubject, options: LoadOptions): Promise<Load>;
}
