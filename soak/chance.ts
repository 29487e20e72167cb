/** Chance that can be repeated: who does what, and when, follows from a seed, so that a run which found something can be run again. */

export interface Chance {
  /** At least `low`, less than `high`. */
  between(low: number, high: number): number;
  /** True so many times out of one. */
  happens(share: number): boolean;
  /** One of the choices, each as often as its weight says. */
  pick<T extends { readonly weight: number }>(choices: readonly T[]): T | undefined;
}

/** A source of its own for each seed, a 32-bit integer (the generator is known as mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    between: (low, high) => low + next() * (high - low),
    happens: (share) => next() < share,
    pick(choices) {
      let left = next() * choices.reduce((sum, { weight }) => sum + weight, 0);
      for (const choice of choices) {
        left -= choice.weight;
        if (left < 0) return choice;
      }
      return choices.at(-1);
    },
  };
}
