/**
 * What the primary and its workers say to each other. Plain values that a structured clone carries: the configuration crosses whole,
 * so that every worker, one that is started tomorrow too, serves with the settings and the session key that the primary has read.
 */
import type { Changes } from "../config/changes.ts";
import type { SkippedProvider } from "../config/config.ts";
import type { StoreAnswer, StoreNews, StoreRequest } from "../store/messages.ts";
import type { Failure } from "./failure.ts";
import type { PlainConfig } from "./plain-config.ts";
import type { Report } from "./report.ts";

/** From the primary to a worker. */
export type Order =
  | {
      readonly kind: "start";
      readonly config: PlainConfig;
      readonly version: string;
      readonly revision: string | undefined;
      /** Colours in the pretty log. */
      readonly colour: boolean;
    }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  /** Let the configuration hold that was asked about last. */
  | { readonly kind: "take" }
  /** Finish what is under way, then end. */
  | { readonly kind: "stop" }
  | { readonly kind: "stored"; readonly id: number; readonly answer: StoreAnswer }
  | { readonly kind: "news"; readonly news: StoreNews };

export type Question =
  /** For the admin listener: answered by a Report. */
  | { readonly about: "metrics" | "readiness" }
  /** Whether this configuration could be taken: answered by Changes. */
  | { readonly about: "settings"; readonly config: PlainConfig };

export type Answer =
  | { readonly report: Report; readonly changes?: never }
  | { readonly changes: Changes; readonly report?: never };

/** From a worker to the primary. */
export type Word =
  /** It can be told to start. */
  | { readonly kind: "here" }
  | ({ readonly kind: "serving" } & Facts)
  /** It could not start, and ends. */
  | { readonly kind: "failed"; readonly failure: Failure }
  /** After a bug: it is to be replaced. It serves on until it is told to stop. */
  | { readonly kind: "leaving" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "store"; readonly id: number; readonly request: StoreRequest }
  /** A line for the audit file. */
  | { readonly kind: "audit"; readonly line: string };

/** What the banner tells of a gate that has started. */
export interface Facts {
  readonly address: string;
  /** Names of the providers that are used. */
  readonly providers: readonly string[];
  readonly skipped: readonly SkippedProvider[];
}
