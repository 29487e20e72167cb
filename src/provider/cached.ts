/**
 * A value from a provider that outlives the provider's outages: keys and metadata. Served while fresh; while stale served
 * at once and loaded behind the caller's back; loaded by one call at a time, however many ask (S96). Without this an
 * identity provider that is down for a minute would end sign-in and verification for everybody.
 */
import type { Runtime } from "../base/runtime.ts";

export interface CachedOptions<T> {
  readonly load: () => Promise<T>;
  readonly runtime: Runtime;
  /** Milliseconds that a value is served without asking again. */
  readonly freshMs: number;
  /** A load behind the caller's back failed; the old value is served on. */
  readonly onStale: (error: unknown) => void;
}

export interface Cached<T> {
  /** The value. Fails with what `load` threw when there is none, or only one older than 24 hours. */
  get(): Promise<T>;
  /**
   * Loads anew because the value did not suffice: true when it did, false when the last load is less than 30 s ago and
   * was good. Fails with what `load` threw, also where that was less than 30 s ago.
   */
  renew(): Promise<boolean>;
}

const staleMs = 24 * 3_600_000;
const pauseMs = 30_000;
/** Without any value callers fail anyway; the pause only keeps them from flooding a provider that just refused. */
const pauseWithoutValueMs = 1_000;

export function createCached<T>(options: CachedOptions<T>): Cached<T> {
  const { runtime } = options;
  let held: { readonly value: T; readonly at: number } | undefined;
  let attempt: { readonly at: number; readonly error?: unknown } | undefined;
  let flight: Promise<T> | undefined;

  async function load(): Promise<T> {
    const at = runtime.now();
    try {
      const value = await options.load();
      held = { value, at };
      attempt = { at };
      return value;
    } catch (error) {
      attempt = { at, error };
      throw error;
    } finally {
      flight = undefined;
    }
  }

  function fly(): Promise<T> {
    flight ??= load();
    return flight;
  }

  const triedWithin = (ms: number) => attempt !== undefined && runtime.now() - attempt.at < ms;

  return {
    get: async () => {
      const age = held === undefined ? Number.POSITIVE_INFINITY : runtime.now() - held.at;
      if (held !== undefined && age < options.freshMs) return held.value;
      if (held !== undefined && age < staleMs) {
        if (flight === undefined && !triedWithin(pauseMs)) fly().catch(options.onStale);
        return held.value;
      }
      if (attempt?.error !== undefined && triedWithin(pauseWithoutValueMs)) throw attempt.error;
      return fly();
    },
    renew: async () => {
      if (flight === undefined && triedWithin(pauseMs)) {
        if (attempt?.error !== undefined) throw attempt.error;
        return false;
      }
      await fly();
      return true;
    },
  };
}
