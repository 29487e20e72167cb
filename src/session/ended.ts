/**
 * Ended session ids (S68). Cookies live in browsers and can be copied: an id that has ended stays denied until the session's
 * own end, when its cookies are dead by themselves. Announced through the store, so that every process that shares it denies
 * the id, one that starts later too; asked on each request, so the answer is a plain look-up in memory.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "../store/contract.ts";

export interface EndedSessions {
  /** Resolves when the ids that other processes ended are known, as far as the store tells. Never fails. */
  readonly ready: Promise<void>;
  has(sessionId: string): boolean;
  /**
   * Denies the id until `endsAt`, here at once and elsewhere when the promise is fulfilled. Never fails: a store that cannot
   * be told is an error in the log, and is told when it is back.
   */
  end(sessionId: string, endsAt: number): Promise<void>;
  /** Calls the listener once for each id that ends, wherever it was ended. */
  onEnd(listener: (sessionId: string) => void): void;
}

const capacity = 100_000;
const untoldCapacity = 10_000;
const retryMs = 1000;
const channel = "session-ended";

export function createEndedSessions(options: {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
}): EndedSessions {
  const { store, runtime, log } = options;
  const ended = createExpiringMap<true>(capacity, runtime.now);
  const listeners: ((sessionId: string) => void)[] = [];
  /** Id to end, for those that the store could not be told of. */
  const untold = new Map<string, number>();

  function note(sessionId: string, endsAt: number): void {
    if (ended.get(sessionId) !== undefined) return;
    ended.set(sessionId, true, endsAt);
    for (const listener of listeners) listener(sessionId);
  }

  function tell(sessionId: string, endsAt: number): Promise<void> {
    return store.publish(channel, `${endsAt} ${sessionId}`, endsAt - runtime.now());
  }

  function tellLater(sessionId: string, endsAt: number): void {
    if (untold.size >= untoldCapacity) return;
    untold.set(sessionId, endsAt);
    if (untold.size === 1) setTimeout(tellAgain, retryMs).unref();
  }

  /** One after the other. The first that fails means that the store is still away: it and the rest wait once more. */
  async function tellAgain(): Promise<void> {
    for (const [sessionId, endsAt] of untold) {
      try {
        if (endsAt > runtime.now()) await tell(sessionId, endsAt);
      } catch {
        setTimeout(tellAgain, retryMs).unref();
        return;
      }
      untold.delete(sessionId);
    }
  }

  const ready = store.subscribe(channel, (message) => {
    const space = message.indexOf(" ");
    const endsAt = Number(message.slice(0, space));
    if (space > 0 && Number.isFinite(endsAt)) note(message.slice(space + 1), endsAt);
  });

  return {
    ready,
    has: (sessionId) => ended.get(sessionId) !== undefined,
    async end(sessionId, endsAt) {
      if (ended.get(sessionId) !== undefined) return;
      note(sessionId, endsAt);
      try {
        await tell(sessionId, endsAt);
      } catch (err) {
        log.error({ err }, "other processes could not be told yet that a session has ended");
        tellLater(sessionId, endsAt);
      }
    },
    onEnd(listener) {
      listeners.push(listener);
    },
  };
}
