/**
 * The Store of a process whose memory is another process's: each operation is a question over the channel between them. No answer
 * in time is an outage like any other store's, so that a holder that hangs stops nobody for good.
 */
import { createQuestions } from "../base/questions.ts";
import { type Store, StoreUnavailable } from "./contract.ts";
import { createListeners } from "./listeners.ts";
import type { StoreAnswer, StoreNews, StoreRequest } from "./messages.ts";

export interface DistantMemory {
  readonly store: Store;
  answered(id: number, answer: StoreAnswer): void;
  news(news: StoreNews): void;
}

export interface DistantMemoryOptions {
  /** May throw. */
  readonly send: (id: number, request: StoreRequest) => void;
  /** Milliseconds until an operation fails with StoreUnavailable. Default 2000. */
  readonly timeoutMs?: number;
}

/** The store, with what the channel's messages are to be handed to. */
export function createDistantMemory({
  send,
  timeoutMs = 2000,
}: DistantMemoryOptions): DistantMemory {
  const lost = (reason: string) => new StoreUnavailable(reason);
  const { ask, answered } = createQuestions<StoreRequest, StoreAnswer>({ send, timeoutMs, lost });
  const listeners = createListeners();

  async function askText(request: StoreRequest): Promise<string | undefined> {
    const answer = await ask(request);
    return typeof answer === "string" ? answer : undefined;
  }

  const store: Store = {
    shared: true,
    async put(key, value, ttlMs) {
      await ask({ op: "put", key, value, ttlMs });
    },
    putIfAbsent: async (key, value, ttlMs) =>
      (await ask({ op: "putIfAbsent", key, value, ttlMs })) === true,
    get: (key) => askText({ op: "get", key }),
    take: (key) => askText({ op: "take", key }),
    prolong: async (key, value, ttlMs) =>
      (await ask({ op: "prolong", key, value, ttlMs })) === true,
    async publish(channel, message, keepMs) {
      await ask({ op: "publish", channel, message, keepMs });
    },
    async subscribe(channel, listener) {
      listeners.add(channel, listener);
      // The channel to the holder keeps its order, and stands for as long as this process lives.
      await ask({ op: "subscribe", channel }).catch(() => {});
    },
    async close() {
      listeners.clear();
    },
  };
  return {
    store,
    answered,
    news({ channel, messages }) {
      for (const message of messages) listeners.tell(channel, message);
    },
  };
}
