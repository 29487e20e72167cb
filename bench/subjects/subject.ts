/**
 * What is compared: a program between a client and the upstream. A new rival is one file here and one row in `index.ts`;
 * cases, measuring and report know none of them by name.
 */

export interface BenchEnvironment {
  /** `http://127.0.0.1:port` of the upstream that every subject stands in front of. */
  readonly upstream: string;
  /** An empty directory of this run, for configuration and logs. */
  readonly directory: string;
}

export interface RunningSubject {
  /** Where clients reach it: `http://127.0.0.1:port`. */
  readonly origin: string;
  /** Root of the process tree whose CPU time counts. */
  readonly pid: number;
  /** Header fields that make a request an authenticated one here; empty when it asks for none. */
  readonly credentials: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** One sentence for the report: what runs and with which settings. */
  readonly setup: string;
  /** Name and version, as the program states them. */
  version(): Promise<string>;
  /** Fails with what is missing and how to get it. Resolves once a request is answered. */
  start(environment: BenchEnvironment): Promise<RunningSubject>;
}
