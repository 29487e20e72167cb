/**
 * A store that processes share, played in memory: each has a view of its own, whose operations a test can watch, delay or let
 * fail, before or after they were done. Kept messages are heard by those who come later.
 */
import type { Runtime } from "../../src/base/runtime.ts";
import { type Store, StoreUnavailable } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";

export type Operation = "put" | "putIfAbsent" | "get" | "take" | "prolong" | "publish";

export type Fault = "before" | "after" | undefined;

export interface StoreView extends Store {
  /** Each operation with its key or channel, in order. */
  readonly asked: string[];
  /** Which operations fail, asked before each. `after` fails one that has been done, as a lost answer does. */
  fault: (operation: Operation, key: string) => Fault | Promise<Fault>;
}

export interface SharedStore {
  /** What was ever put or sent: keys, values, messages. */
  readonly seen: string[];
  view(): StoreView;
}

export function createSharedStore(runtime: Runtime): SharedStore {
  const memory = createMemoryStore({ runtime });
  const seen: string[] = [];
  const kept: { channel: string; message: string; until: number }[] = [];

  function view(): StoreView {
    const asked: string[] = [];
    async function ask<T>(operation: Operation, key: string, act: () => Promise<T>): Promise<T> {
      asked.push(`${operation} ${key}`);
      const fault = await own.fault(operation, key);
      if (fault === "before") throw new StoreUnavailable("away");
      // As over a network: never in the same turn.
      await new Promise((resolve) => setImmediate(resolve));
      const answer = await act();
      if (fault === "after") throw new StoreUnavailable("the answer was lost");
      return answer;
    }
    const own: StoreView = {
      shared: true,
      asked,
      fault: () => undefined,
      put(key, value, ttlMs) {
        seen.push(key, value);
        return ask("put", key, () => memory.put(key, value, ttlMs));
      },
      putIfAbsent(key, value, ttlMs) {
        seen.push(key, value);
        return ask("putIfAbsent", key, () => memory.putIfAbsent(key, value, ttlMs));
      },
      get: (key) => ask("get", key, () => memory.get(key)),
      take: (key) => ask("take", key, () => memory.take(key)),
      prolong: (key, value, ttlMs) => ask("prolong", key, () => memory.prolong(key, value, ttlMs)),
      publish(channel, message, keepMs) {
        seen.push(channel, message);
        return ask("publish", channel, () => {
          if (keepMs > 0) kept.push({ channel, message, until: runtime.now() + keepMs });
          return memory.publish(channel, message, keepMs);
        });
      },
      async subscribe(channel, listener) {
        await memory.subscribe(channel, listener);
        for (const entry of kept) {
          if (entry.channel === channel && entry.until > runtime.now()) listener(entry.message);
        }
      },
      close: async () => {},
    };
    return own;
  }

  return { seen, view };
}
