/**
 * At most so many requests to the upstream at a time; the others wait in order, and not for ever. Apart from the pool, whose own
 * queue can neither be left nor timed, so that a client that has gone or has waited too long costs nothing.
 */

export interface Slots {
  /** Takes a free place; false when there is none. */
  take(): boolean;
  /** Queues for a place: calls `go` with it taken, or `late` after the time. Returns how to leave the queue. */
  wait(go: () => void, late: () => void): () => void;
  /** Gives a taken place back. */
  readonly leave: () => void;
}

interface Waiter {
  readonly go: () => void;
  readonly timer: NodeJS.Timeout;
}

/** `waitMs` is how long one waits at most, in milliseconds. */
export function createSlots(limit: number, waitMs: number): Slots {
  const waiting = new Set<Waiter>();
  let taken = 0;
  return {
    take() {
      if (taken >= limit) return false;
      taken += 1;
      return true;
    },
    wait(go, late) {
      const timer = setTimeout(() => {
        waiting.delete(waiter);
        late();
      }, waitMs);
      const waiter: Waiter = { go, timer };
      waiting.add(waiter);
      return () => {
        clearTimeout(timer);
        waiting.delete(waiter);
      };
    },
    leave() {
      for (const next of waiting) {
        // The place passes on to the next in line and stays taken.
        waiting.delete(next);
        clearTimeout(next.timer);
        next.go();
        return;
      }
      taken -= 1;
    },
  };
}
