/**
 * Time, randomness and outbound HTTP, gathered so that the core takes them as inputs and tests replace them.
 * The only file that may read the clock or make random bytes.
 */
import { randomBytes } from "node:crypto";

/** The shape of `fetch` that providers use. undici's and the platform's both fit. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  /** Default GET. */
  readonly method?: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** `follow` has the redirects of a GET followed on the same origin; else they are answers like any other, the default. */
  readonly redirect?: "manual" | "follow";
  /** Ends the call early. It has a time limit without one. */
  readonly signal?: AbortSignal;
}

export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** `size` cryptographically strong random bytes. */
  randomBytes(size: number): Buffer;
}

/** The real clock and random source. */
export const nodeRuntime: Runtime = {
  now: () => Date.now(),
  randomBytes: (size) => randomBytes(size),
};
