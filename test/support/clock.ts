/** A clock that runs and can be put forward: what waits for an expiry waits no time at all. */
import { nodeRuntime, type Runtime } from "../../src/base/runtime.ts";

export interface Clock extends Runtime {
  advance(seconds: number): void;
}

/** The real clock and random source, with `advance`. */
export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => nodeRuntime.now() + offset,
    randomBytes: nodeRuntime.randomBytes,
    advance: (seconds) => {
      offset += seconds * 1000;
    },
  };
}
