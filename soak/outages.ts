/**
 * When the dashboard and the identity provider are away: planned as shares of the run, and noted as it really happened. What
 * a request met while one of them was away is judged by these times and by nothing else.
 */

export type Part = "upstream" | "provider";

export interface PlannedOutage {
  readonly part: Part;
  /** Seconds from the start of the run. */
  readonly at: number;
  /** Seconds. */
  readonly lasts: number;
}

export interface Outages {
  begin(part: Part): void;
  end(part: Part): void;
  /** Notes that the part was away until just now, as is only known afterwards. */
  wasAway(part: Part): void;
  /** Whether the part is away just now. */
  away(part: Part): boolean;
  /** Whether the part was away at any time since `from`, a time of `now`. */
  awaySince(part: Part, from: number): boolean;
}

/** Three restarts of each, one part at a time, in both halves of the run. */
export function planOutages(seconds: number): readonly PlannedOutage[] {
  const upstream = Math.min(4, seconds * 0.05);
  // Longer than an access token lives, so that every session has to live through it.
  const provider = Math.min(9, seconds * 0.08);
  return [
    { part: "upstream", at: seconds * 0.15, lasts: upstream },
    { part: "provider", at: seconds * 0.28, lasts: provider },
    { part: "upstream", at: seconds * 0.43, lasts: upstream },
    { part: "provider", at: seconds * 0.56, lasts: provider },
    { part: "upstream", at: seconds * 0.7, lasts: upstream },
    { part: "provider", at: seconds * 0.82, lasts: provider },
  ];
}

/**
 * Nothing is away at first. `now` is a clock in milliseconds; an outage counts for `graceMs` longer than it lasted, for
 * requests that meet its very end.
 */
export function createOutages(now: () => number, graceMs = 250): Outages {
  const endedAt = new Map<Part, number>();
  const open = new Set<Part>();
  return {
    begin: (part) => void open.add(part),
    end(part) {
      open.delete(part);
      endedAt.set(part, now());
    },
    wasAway: (part) => void endedAt.set(part, now()),
    away: (part) => open.has(part),
    awaySince: (part, from) =>
      open.has(part) || from <= (endedAt.get(part) ?? Number.NEGATIVE_INFINITY) + graceMs,
  };
}
