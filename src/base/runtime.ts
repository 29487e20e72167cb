/**
 * Time, randomness and outbound HTTP, gathered so that the core takes them as inputs and tests replace them.
 * The only file that may read the clock or make random bytes.
 */
import { randomBytes } from "node:crypto";

/** The shape of `fetch` that providers use. undici's and the platform's both fit. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly redirect?: "manual" | "error" | "follow";
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
