/**
 * What was asked, what came, and whether that had to come: every answer of a run is judged here, and only here. What nobody
 * expected is a violation, and one violation fails the run.
 */
import type { Outages } from "./outages.ts";

/** What came of one act, as the one who did it saw it. */
export interface Seen {
  /** A status, a close code, or `broken` for a connection that broke off. */
  readonly status: string;
  /** What was wrong with it although the status was good: another's data, cookies lost in an outage. */
  readonly wrong?: string | undefined;
  /** More about it, for the reader of a violation. */
  readonly detail?: string | undefined;
}

export interface Act {
  readonly name: string;
  /** The visitor, as the provider knows them. */
  readonly by: string;
  /** The statuses that are right when everything is up. */
  readonly expected: readonly string[];
  /** When it began, by the clock of the outages. */
  readonly from: number;
  /** The person signed out while it ran. */
  readonly left?: boolean;
}

export type Verdict = "expected" | "dashboard away" | "provider away" | "signed out" | "violation";

export interface Row {
  readonly act: string;
  readonly status: string;
  readonly verdict: Verdict;
  readonly count: number;
  /** Milliseconds that the longest took. */
  readonly longest: number;
}

export interface Ledger {
  /** Judges and counts. */
  note(act: Act, seen: Seen): Verdict;
  /** By act, then by status. */
  rows(): readonly Row[];
  readonly total: number;
  readonly violations: number;
  /** The first of them in words. */
  readonly told: readonly string[];
}

/** What may come while the dashboard is away, in place of what is expected. */
const withoutUpstream = new Set(["502", "504", "broken", "1006"]);
/** What may come while the provider is away: the session stays, the answer waits. */
const withoutProvider = new Set(["503", "1013", "unreachable"]);
/** What may come of an act that a sign-out overtook; the browser that comes back is another, and the old one is closed. */
const afterLeaving = new Set(["401", "4401", "ended", "broken", "1006"]);
const toldAtMost = 20;

/** An empty ledger. */
export function createLedger(outages: Pick<Outages, "awaySince">, now: () => number): Ledger {
  const counts = new Map<string, Row>();
  const told: string[] = [];
  const startedAt = now();
  let total = 0;
  let violations = 0;

  function judge({ expected, from, left }: Act, { status, wrong }: Seen): Verdict {
    if (wrong !== undefined) return "violation";
    if (expected.includes(status)) return "expected";
    if (left === true && afterLeaving.has(status)) return "signed out";
    if (withoutUpstream.has(status) && outages.awaySince("upstream", from)) return "dashboard away";
    if (withoutProvider.has(status) && outages.awaySince("provider", from)) return "provider away";
    return "violation";
  }

  function count({ name: act, from }: Act, status: string, verdict: Verdict): void {
    const key = `${act} ${status} ${verdict}`;
    const { count = 0, longest = 0 } = counts.get(key) ?? {};
    const took = Math.max(longest, now() - from);
    counts.set(key, { act, status, verdict, count: count + 1, longest: took });
    total += 1;
  }

  function tell({ name, by, from }: Act, detail: string): void {
    violations += 1;
    const [began, ended] = [from, now()].map((at) => ((at - startedAt) / 1000).toFixed(1));
    if (told.length < toldAtMost) told.push(`${began} to ${ended} s, ${by}, ${name}: ${detail}`);
  }

  return {
    note(act, seen) {
      const verdict = judge(act, seen);
      count(act, seen.status, verdict);
      if (verdict === "violation") {
        const words = [seen.status, seen.wrong, seen.detail].filter((word) => word !== undefined);
        tell(act, words.join(", "));
      }
      return verdict;
    },
    rows: () =>
      [...counts.values()].sort(
        (a, b) => a.act.localeCompare(b.act) || a.status.localeCompare(b.status),
      ),
    get total() {
      return total;
    },
    get violations() {
      return violations;
    },
    told,
  };
}
