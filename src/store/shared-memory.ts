/**
 * The one memory that several processes of a machine share: it lives in one of them and answers the others. Atomic because each
 * step is synchronous, and kept messages are heard by who joins later, so that a process that takes a dead one's place knows who
 * has signed out (S68).
 */
import { createExpiringMap, type ExpiringMap } from "../base/expiring-map.ts";
import { createMemoryStore, type MemoryStoreOptions } from "./memory.ts";
import type { StoreAnswer, StoreNews, StoreRequest } from "./messages.ts";

export interface SharedMemory {
  /** Joins one process, which hears the news of the channels that it subscribes to. */
  join(tell: (news: StoreNews) => void): Member;
}

export interface Member {
  /** Does what is asked. News that a subscription owes are told before it resolves. */
  answer(request: StoreRequest): Promise<StoreAnswer>;
  /** The process is gone. */
  leave(): void;
}

export interface SharedMemoryOptions extends MemoryStoreOptions {
  /** Messages kept in one channel at most; beyond it those go that would be kept for the shortest time (S94). Default 100000. */
  readonly maxKept?: number;
}

const pageSize = 1000;

export function createSharedMemory(options: SharedMemoryOptions): SharedMemory {
  const { runtime, maxKept = 100_000 } = options;
  const memory = createMemoryStore(options);
  const kept = new Map<string, ExpiringMap<true>>();
  const members = new Map<(news: StoreNews) => void, Set<string>>();

  function publish(channel: string, message: string, keepMs: number): undefined {
    if (keepMs > 0) keptIn(channel).set(message, true, runtime.now() + keepMs);
    for (const [tell, channels] of members) {
      if (channels.has(channel)) tell({ channel, messages: [message] });
    }
  }

  function keptIn(channel: string): ExpiringMap<true> {
    const found = kept.get(channel) ?? createExpiringMap<true>(maxKept, runtime.now);
    kept.set(channel, found);
    return found;
  }

  function tellKept(channel: string, tell: (news: StoreNews) => void): undefined {
    const messages = kept.get(channel)?.keys() ?? [];
    for (let start = 0; start < messages.length; start += pageSize) {
      tell({ channel, messages: messages.slice(start, start + pageSize) });
    }
  }

  return {
    join(tell) {
      const channels = new Set<string>();
      members.set(tell, channels);
      return {
        async answer(request) {
          switch (request.op) {
            case "get":
            case "take":
              return memory[request.op](request.key);
            case "publish":
              return publish(request.channel, request.message, request.keepMs);
            case "subscribe":
              channels.add(request.channel);
              return tellKept(request.channel, tell);
            default:
              return (
                (await memory[request.op](request.key, request.value, request.ttlMs)) ?? undefined
              );
          }
        },
        leave: () => void members.delete(tell),
      };
    },
  };
}
