/**
 * What is known of refreshes: the calls under way, their results, and how far each session has come. Apart from the refreshing
 * itself, since it must outlive a change of settings: a gate that forgot a call under way would send its token a second time.
 */
import { createExpiringMap, type ExpiringMap } from "../base/expiring-map.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "../store/contract.ts";
import type { RefreshOutcome } from "./refresh-call.ts";
import { replayMs } from "./refresh-key.ts";
import { createRotations, type Rotation } from "./rotations.ts";
import type { Session } from "./session.ts";
import { forgetResult } from "./shared-results.ts";

export interface RefreshMemory {
  /** By refresh key. */
  readonly underWay: Map<string, Promise<RefreshOutcome>>;
  /** By refresh key. */
  readonly results: ExpiringMap<Result>;
  /** By session id. */
  readonly progress: ExpiringMap<Progress>;
  /** Notes that another process has refreshed a session, up to this state. */
  rotated(rotation: Rotation): void;
  /** Tells the other processes of a new state. Best effort. */
  tell(session: Session): void;
  /** Drops the results of an ended session (S68). */
  forget(sessionId: string): void;
}

export interface Result {
  readonly outcome: RefreshOutcome;
  /** Until then it is replayed in any case; after that until its cookies were shown. */
  readonly replayUntil: number;
}

/** Where the refreshes of one session stand, as the `issuedAt` of its states. */
export interface Progress {
  readonly newest: number;
  shown: number;
  /** The keys of its results. */
  readonly keys: readonly string[];
}

/** Sessions, and calls under way, that are known at a time. */
export const refreshCapacity = 10_000;

/** An empty memory. With a store that is shared it hears what the other processes refresh, from here on. */
export function createRefreshMemory(runtime: Runtime, store?: Store): RefreshMemory {
  const underWay = new Map<string, Promise<RefreshOutcome>>();
  const results = createExpiringMap<Result>(refreshCapacity, runtime.now);
  const progress = createExpiringMap<Progress>(refreshCapacity, runtime.now);
  const shared = store?.shared === true ? store : undefined;

  function rotated({ sessionId, issuedAt, expiresAt }: Rotation): void {
    const state = progress.get(sessionId);
    if (state !== undefined && state.newest >= issuedAt) return;
    const { shown = 0, keys = [] } = state ?? {};
    const until = Math.max(issuedAt + replayMs, expiresAt);
    progress.set(sessionId, { newest: issuedAt, shown, keys }, until);
  }

  return {
    underWay,
    results,
    progress,
    rotated,
    tell: shared === undefined ? () => {} : createRotations(shared, rotated),
    forget(sessionId) {
      for (const key of progress.take(sessionId)?.keys ?? []) {
        results.take(key);
        if (shared !== undefined) forgetResult(shared, key);
      }
    },
  };
}
