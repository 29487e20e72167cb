/**
 * How long this very process stood still, which a machine with too much to do makes it. The dashboard and the provider live in it:
 * what stands still for seconds is away to the gate, and no fault of the gate's.
 */

export interface Stalls {
  /** Milliseconds of the longest. */
  readonly longest: number;
  stop(): void;
}

const lookMs = 250;
/** Milliseconds: the gate waits five seconds for a connection. */
const graveMs = 4000;

/** Calls back after each stall of four seconds and more. `now` is a clock in milliseconds. */
export function watchStalls(now: () => number, onGrave: () => void): Stalls {
  let longest = 0;
  let last = now();
  const timer = setInterval(() => {
    const stall = now() - last - lookMs;
    last = now();
    longest = Math.max(longest, stall);
    if (stall >= graveMs) onGrave();
  }, lookMs);
  return {
    get longest() {
      return longest;
    },
    stop: () => clearInterval(timer),
  };
}
