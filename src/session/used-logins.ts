/**
 * Which logins have had their callback (S43). A state is remembered until its cookie would have expired, so that a replayed
 * callback makes no second token call, here or in any process that shares the store.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { hashFields } from "../base/secret.ts";
import type { Store } from "../store/contract.ts";

export interface UsedLoginOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly lifetimeMs: number;
}

const capacity = 50_000;

/**
 * True the first time for a state, false for `lifetimeMs` after. While the store is away that holds for this process alone:
 * the provider takes a code once, and to let nobody in would be the greater harm. Never fails.
 */
export function createUsedLogins(options: UsedLoginOptions): (state: string) => Promise<boolean> {
  const { store, runtime, log, lifetimeMs } = options;
  const used = createExpiringMap<true>(capacity, runtime.now);
  return async (state) => {
    const key = hashFields("claimed login", state);
    if (used.get(key) !== undefined) return false;
    used.set(key, true, runtime.now() + lifetimeMs);
    if (!store.shared) return true;
    try {
      return await store.putIfAbsent(`login:${key}`, "", lifetimeMs);
    } catch (err) {
      log.warn({ err }, "a sign-in could not be marked as used in the store");
      return true;
    }
  };
}
