/**
 * One refresh per refresh token at a time, and its result for everyone who still carries the old token (contract 5). Providers
 * rotate: a token that is sent twice is theft to them, and logs the user out everywhere. So all requests with one token share
 * one call, and its result is replayed while answers that carry the new cookies may still be on their way (S57-S59, S66).
 */
import type { AuditSubject } from "../base/audit.ts";
import type { Runtime } from "../base/runtime.ts";
import type { RefreshCall, RefreshOutcome } from "./refresh-call.ts";
import { refreshKey as keyOf, maxSteps, rejectionMs, replayMs } from "./refresh-key.ts";
import { type RefreshMemory, refreshCapacity } from "./refresh-memory.ts";
import type { Session } from "./session.ts";
import type { SharedResults } from "./shared-results.ts";

export interface Refresher {
  /** The session refreshed, or the result that its token has given before. Never fails. The session has a refresh token. */
  refresh(session: Session, subject: AuditSubject): Promise<RefreshOutcome>;
  /** Whether a call with this session's token is under way. */
  isUnderWay(session: Session): boolean;
  /** Notes that a request has shown the cookies of this state of the session: older results need no replay. */
  shown(session: Session): void;
  /** False when the session is known to have been refreshed beyond this state (S66). */
  isCurrent(session: Session): boolean;
  /** The newest state that replaying leads to: the session itself when there is none. */
  newestOf(session: Session): Session;
}

export interface RefresherOptions {
  readonly call: RefreshCall;
  readonly runtime: Runtime;
  readonly memory: RefreshMemory;
  /**
   * Tells other processes what a request has shown, where the call is shared with them. What is replayed beyond 30 s, until its
   * cookies were shown to anyone, is then theirs to say and no longer this process's own. Absent: the call is this process's.
   */
  readonly shown?: SharedResults["shown"];
}

/** The refresher of one process. Its memory may be another refresher's. */
export function createRefresher(options: RefresherOptions): Refresher {
  const { call, runtime, memory, shown: tellShown } = options;
  const { underWay, results, progress } = memory;

  /** What the session's token gave before, when it is still to be replayed and newer than what the session shows. */
  function replay(session: Session): RefreshOutcome | undefined {
    const result = results.get(keyOf(session));
    if (result === undefined) return undefined;
    const { outcome, replayUntil } = result;
    if (outcome.kind !== "refreshed") return outcome;
    // A provider that does not rotate: this very result was refreshed with the same token.
    if (outcome.session.issuedAt <= session.issuedAt) return undefined;
    if (runtime.now() < replayUntil) return outcome;
    const shown = progress.get(session.id)?.shown ?? 0;
    return tellShown === undefined && shown < outcome.session.issuedAt ? outcome : undefined;
  }

  /** Follows what is replayed to its end: the newest state, or the rejection that ended it. */
  function follow(session: Session): RefreshOutcome {
    let last: RefreshOutcome = { kind: "refreshed", session };
    for (let step = 0; step < maxSteps && last.kind === "refreshed"; step += 1) {
      const next = replay(last.session);
      if (next === undefined) return last;
      last = next;
    }
    return last;
  }

  /** The one call for this key, which is under way until it is settled. */
  async function startCall(key: string, session: Session, subject: AuditSubject) {
    try {
      const outcome = await call(session, subject);
      remember(key, session, outcome);
      return outcome;
    } finally {
      underWay.delete(key);
    }
  }

  function remember(key: string, old: Session, outcome: RefreshOutcome): void {
    const now = runtime.now();
    if (outcome.kind === "unavailable") return;
    if (outcome.kind === "expired") {
      results.set(key, { outcome, replayUntil: 0 }, now + rejectionMs);
      return;
    }
    // Counted from the refresh, which another process may have made a while ago.
    const replayUntil = outcome.session.issuedAt + replayMs;
    const until = Math.max(replayUntil, outcome.session.expiresAt);
    results.set(key, { outcome, replayUntil }, until);
    const before = progress.get(old.id);
    const keys = (before?.keys ?? []).filter((other) => results.get(other) !== undefined);
    const shown = Math.max(before?.shown ?? 0, old.issuedAt);
    const newest = Math.max(before?.newest ?? 0, outcome.session.issuedAt);
    progress.set(old.id, { newest, shown, keys: [...new Set([...keys, key])] }, until);
  }

  return {
    refresh(session, subject) {
      const followed = follow(session);
      if (followed.kind !== "refreshed") return Promise.resolve(followed);
      const current = followed.session;
      if (current !== session && runtime.now() < current.expiresAt)
        return Promise.resolve(followed);
      const key = keyOf(current);
      const shared = underWay.get(key);
      if (shared !== undefined) return shared;
      if (underWay.size >= refreshCapacity) return Promise.resolve({ kind: "unavailable" });
      const started = startCall(key, current, subject);
      underWay.set(key, started);
      return started;
    },
    isUnderWay: (session) => underWay.has(keyOf(session)),
    shown(session) {
      const state = progress.get(session.id);
      if (state !== undefined) state.shown = Math.max(state.shown, session.issuedAt);
      tellShown?.(session);
    },
    isCurrent: (session) => (progress.get(session.id)?.newest ?? 0) <= session.issuedAt,
    newestOf(session) {
      const followed = follow(session);
      return followed.kind === "refreshed" ? followed.session : session;
    },
  };
}
