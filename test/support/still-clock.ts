/** A Runtime whose clock stands still until a test moves it. The randomness is real. */
import { nodeRuntime, type Runtime } from "../../src/base/runtime.ts";

export interface TestRuntime extends Runtime {
  /** Moves the clock forward by so many milliseconds. */
  pass(milliseconds: number): void;
}

/** Starts at an instant that is no round number of anything. */
export function testRuntime(start = 1_790_000_123_456): TestRuntime {
  let time = start;
  return {
    now: () => time,
    randomBytes: nodeRuntime.randomBytes,
    pass(milliseconds) {
      time += milliseconds;
    },
  };
}
