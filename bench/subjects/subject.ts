/**
 * What is compared: a program between a client and the upstream. A new rival is one file here and one row in `index.ts`;
 * cases, measuring and report know none of them by name.
 */
import type { Idp } from "../../demo/idp.ts";
import type { Program } from "../process.ts";

/** What a subject can be asked for. */
export type Play =
  | "requests"
  | "transfers"
  | "latency"
  | "start-up"
  | "storm"
  | "sockets"
  | "many-sockets";

export interface BenchEnvironment {
  /** `http://127.0.0.1:port` of the upstream that every subject stands in front of. */
  readonly upstream: string;
  readonly upstreamProgram: Program;
  /** A directory of this run, for configuration and logs. */
  readonly directory: string;
  /** Where every subject that knows sign-ins signs in. */
  readonly idp: Idp;
  /** Connections that a subject must be able to hold, those of its clients and its own together. */
  readonly maxConnections: number;
}

export interface RunningSubject {
  /** Where clients reach it: `http://127.0.0.1:port`. */
  readonly origin: string;
  /** Root of the process tree whose cost counts. */
  readonly program: Program;
  /** Header fields that make a request an authenticated one here; empty when it asks for none. */
  readonly credentials: Readonly<Record<string, string>>;
}

export interface Subject {
  readonly name: string;
  /** One sentence for the report: what runs and with which settings. */
  readonly setup: string;
  readonly plays: readonly Play[];
  /** What is missing on this machine and how to get it; absent or undefined when nothing is. May build the program first. */
  missing?(): string | undefined;
  /** Name and version, as the program states them. */
  version(): string;
  /** Resolves once a request is answered. */
  start(environment: BenchEnvironment): Promise<RunningSubject>;
}
