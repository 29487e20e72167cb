/**
 * The store of a single process. Atomic because each step is synchronous; capped and expiring (S94), so that what clients
 * can cause to be stored has a ceiling.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "./contract.ts";
import { createListeners } from "./listeners.ts";

export interface MemoryStoreOptions {
  readonly runtime: Runtime;
  /** Values held at most; beyond it the one that expires soonest goes. Default 100000. */
  readonly capacity?: number;
}

export function createMemoryStore({ runtime, capacity = 100_000 }: MemoryStoreOptions): Store {
  const values = createExpiringMap<string>(capacity, runtime.now);
  const listeners = createListeners();
  return {
    shared: false,
    async put(key, value, ttlMs) {
      values.set(key, value, runtime.now() + ttlMs);
    },
    async putIfAbsent(key, value, ttlMs) {
      if (values.get(key) !== undefined) return false;
      values.set(key, value, runtime.now() + ttlMs);
      return true;
    },
    async get(key) {
      return values.get(key);
    },
    async take(key) {
      return values.take(key);
    },
    async prolong(key, value, ttlMs) {
      if (values.get(key) !== value) return false;
      values.set(key, value, runtime.now() + ttlMs);
      return true;
    },
    // Nothing is kept: there is no other process that could join.
    async publish(channel, message) {
      listeners.tell(channel, message);
    },
    async subscribe(channel, listener) {
      listeners.add(channel, listener);
    },
    async close() {
      values.clear();
      listeners.clear();
    },
  };
}
