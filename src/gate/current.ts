/**
 * A gate that can be replaced by another while requests are under way: each is decided by the one that stood when it asked.
 */
import type { Gate } from "./gate.ts";

export interface CurrentGate {
  /** Asks the one that stands now. */
  readonly gate: Gate;
  replace(next: Gate): void;
}

export function createCurrentGate(first: Gate): CurrentGate {
  let current = first;
  return {
    gate: {
      admit: (exchange) => current.admit(exchange),
      admitUpgrade: (exchange) => current.admitUpgrade(exchange),
      get refusals() {
        return current.refusals;
      },
    },
    replace(next) {
      current = next;
    },
  };
}
