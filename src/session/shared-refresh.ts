/**
 * One refresh per refresh token over all processes that share a store (contract 5, S67): whoever puts the lock calls the
 * provider, writes the result and only then gives the lock back; everyone else waits for that result. A token that two
 * processes send is theft to a provider, so in doubt whether another has sent it, nobody sends it again. How and why:
 * docs/adr/0004-refresh-over-several-processes.md.
 */
import type { AuditSubject } from "../base/audit.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";
import { type Store, StoreUnavailable } from "../store/contract.ts";
import type { RefreshCall, RefreshOutcome } from "./refresh-call.ts";
import { maxSteps, refreshKey } from "./refresh-key.ts";
import type { Session } from "./session.ts";
import type { SharedResults } from "./shared-results.ts";

export interface SharedRefreshOptions {
  readonly call: RefreshCall;
  readonly results: SharedResults;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  /** After a refresh that this process made, for the other processes' sake. */
  readonly onRotated: (session: Session) => void;
  /** Milliseconds that a lock outlives a process that died with it. It is prolonged while a call lasts. Default 15000. */
  readonly lockMs?: number;
}

/** Between two looks at another's lock. */
const pollMs = 25;
/** Locks that one request waits for, one after the other, each lost by a process that died. */
const maxWaits = 4;
const unavailable: RefreshOutcome = { kind: "unavailable" };

/** `mine`: this caller is to refresh. An outcome: another has refreshed. `lost`: the other's lock is gone and left no result. */
type Turn = "mine" | RefreshOutcome | "lost";

/** The call, shared. When the store is away before it is known that another refreshes, it is this process's own call. */
export function createSharedRefresh(options: SharedRefreshOptions): RefreshCall {
  const { call, results, store, runtime, log, onRotated, lockMs = 15_000 } = options;
  let alone = false;

  function goAlone(error: unknown): void {
    if (!(error instanceof StoreUnavailable)) throw error;
    if (alone) return;
    alone = true;
    log.warn({}, "the store is away: refreshes are shared within this process alone");
  }

  /** The newest state that the results in the store lead to, or the rejection at their end. */
  async function follow(session: Session): Promise<RefreshOutcome> {
    let last: RefreshOutcome = { kind: "refreshed", session };
    for (let step = 0; step < maxSteps && last.kind === "refreshed"; step += 1) {
      const current: Session = last.session;
      const next = await twice(() => results.read(current));
      if (next === undefined) return last;
      last = next;
    }
    return last;
  }

  async function takeTurn(session: Session, owner: string): Promise<"mine" | RefreshOutcome> {
    for (let wait = 0; wait < maxWaits; wait += 1) {
      const put = await twice(() => store.putIfAbsent(lockKey(session), owner, lockMs));
      const turn = put ? await lastLook(session, owner) : await waitForOther(session, owner);
      if (turn !== "lost") return turn;
    }
    return unavailable;
  }

  /** With the lock in hand: another may have had its turn since the results were read. */
  async function lastLook(session: Session, owner: string): Promise<Turn> {
    const found = await twice(() => results.read(session));
    if (found === undefined) return "mine";
    await giveBack(session, owner);
    return found;
  }

  /** Somebody has the lock. From here on the token may be on its way, and is not sent again because the store goes away. */
  async function waitForOther(session: Session, owner: string): Promise<Turn> {
    try {
      const holder = await twice(() => store.get(lockKey(session)));
      // Our own first try was put after all, and only its answer was lost.
      if (holder === owner) return await lastLook(session, owner);
      if (holder === undefined) return "lost";
      return await waitFor(session, holder);
    } catch (error) {
      goAlone(error);
      return unavailable;
    }
  }

  async function waitFor(session: Session, holder: string): Promise<Turn> {
    for (;;) {
      // In this order: a holder writes before it gives back.
      const held = (await twice(() => store.get(lockKey(session)))) === holder;
      const found = await twice(() => results.read(session, holder));
      if (found !== undefined) return found;
      if (!held) return "lost";
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async function callAndShare(session: Session, subject: AuditSubject, owner: string) {
    const prolong = () => store.prolong(lockKey(session), owner, lockMs).catch(() => false);
    const keeping = setInterval(prolong, lockMs / 3).unref();
    try {
      const outcome = await call(session, subject);
      if (outcome.kind === "refreshed") onRotated(outcome.session);
      await share(session, outcome, owner);
      return outcome;
    } finally {
      clearInterval(keeping);
    }
  }

  /** A result that cannot be written leaves the lock to expire: those who wait must not send the token. */
  async function share(session: Session, outcome: RefreshOutcome, owner: string): Promise<void> {
    try {
      await twice(() => results.write(session, outcome, owner));
    } catch (err) {
      log.warn({ err }, "other processes could not be told the result of a refresh");
      return;
    }
    await giveBack(session, owner);
  }

  async function giveBack(session: Session, owner: string): Promise<void> {
    await store.prolong(lockKey(session), owner, 0).catch(() => false);
  }

  return async (session, subject) => {
    const owner = randomToken(runtime, 12);
    let current = session;
    try {
      const followed = await follow(session);
      if (followed.kind !== "refreshed") return followed;
      current = followed.session;
      if (current !== session && runtime.now() < current.expiresAt) return followed;
      const turn = await takeTurn(current, owner);
      if (turn !== "mine") return turn;
      alone = false;
    } catch (error) {
      goAlone(error);
    }
    return callAndShare(current, subject, owner);
  };
}

function lockKey(session: Session): string {
  return `refresh-lock:${refreshKey(session)}`;
}

/** Tries a second time: one answer that came too late must not make two processes send one token. */
async function twice<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch {
    return ask();
  }
}
