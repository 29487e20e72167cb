/**
 * Ended session ids (S68). Cookies live in browsers and can be copied: an id that has ended stays denied until the session's
 * own end, when its cookies are dead by themselves. Announced through the store, so that every process that shares it denies
 * the id; asked on each request, so the answer is a plain look-up in memory.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "../store/contract.ts";

export interface EndedSessions {
  has(sessionId: string): boolean;
  /**
   * Denies the id until `endsAt`, here at once and elsewhere when the promise is fulfilled. Never fails: a store that cannot
   * be told is an error in the log.
   */
  end(sessionId: string, endsAt: number): Promise<void>;
  /** Calls the listener once for each id that ends, wherever it was ended. */
  onEnd(listener: (sessionId: string) => void): void;
}

const capacity = 100_000;
const channel = "session-ended";

export function createEndedSessions(options: {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
}): EndedSessions {
  const { store, runtime, log } = options;
  const ended = createExpiringMap<true>(capacity, runtime.now);
  const listeners: ((sessionId: string) => void)[] = [];

  function note(sessionId: string, endsAt: number): void {
    if (ended.get(sessionId) !== undefined) return;
    ended.set(sessionId, true, endsAt);
    for (const listener of listeners) listener(sessionId);
  }

  store.subscribe(channel, (message) => {
    const space = message.indexOf(" ");
    note(message.slice(space + 1), Number(message.slice(0, space)));
  });

  return {
    has: (sessionId) => ended.get(sessionId) !== undefined,
    async end(sessionId, endsAt) {
      if (ended.get(sessionId) !== undefined) return;
      note(sessionId, endsAt);
      try {
        await store.publish(channel, `${endsAt} ${sessionId}`);
      } catch (err) {
        log.error({ err }, "other processes could not be told that a session has ended");
      }
    },
    onEnd(listener) {
      listeners.push(listener);
    },
  };
}
