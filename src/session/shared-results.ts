/**
 * What refreshes gave, for the other processes (contract 5, S67). Sealed with the gate's own key, so that the store sees no
 * token, and bound to the refresh token and the session that it is for, so that whoever can write to the store cannot hand
 * one person's session to another by copying a value.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import { isRecord } from "../base/record.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "../store/contract.ts";
import type { RefreshOutcome } from "./refresh-call.ts";
import { refreshKey, rejectionMs, replayMs } from "./refresh-key.ts";
import type { Sealer } from "./seal.ts";
import type { Session } from "./session.ts";
import { isSession } from "./session-cookie.ts";

export interface SharedResults {
  /**
   * What this session's refresh token gave in any process, while it is to be replayed and newer than what the session shows.
   * An outage is told to those alone who waited for this very `owner`. Fails with StoreUnavailable.
   */
  read(session: Session, owner?: string): Promise<RefreshOutcome | undefined>;
  /** Keeps what the owner of the turn was told. Fails with StoreUnavailable, and with GateError when it is too large. */
  write(session: Session, outcome: RefreshOutcome, owner: string): Promise<void>;
  /** Tells, once in this process, that a request has shown the cookies of this state. Best effort. */
  shown(session: Session): void;
}

/** Long enough for those who wait to see it. Nobody else is told of an outage (S59). Milliseconds. */
const outageMs = 5_000;
const toldCapacity = 10_000;
const purpose = "refresh_result";

interface SharedResult {
  readonly key: string;
  readonly sessionId: string;
  readonly owner: string;
  readonly outcome: RefreshOutcome;
}

export function createSharedResults(options: {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly runtime: Runtime;
}): SharedResults {
  const { store, sealer, runtime } = options;
  const told = createExpiringMap<true>(toldCapacity, runtime.now);

  /** How long a state may be asked for: as long as it is replayed at the most. */
  function lifeOf(session: Session): number {
    return Math.max(replayMs, session.expiresAt - runtime.now());
  }

  function lifeOfOutcome(outcome: RefreshOutcome): number {
    if (outcome.kind === "refreshed") return lifeOf(outcome.session);
    return outcome.kind === "expired" ? rejectionMs : outageMs;
  }

  async function isReplayed(found: Session): Promise<boolean> {
    if (runtime.now() < found.issuedAt + replayMs) return true;
    return (await store.get(shownKey(found))) === undefined;
  }

  return {
    async read(session, owner) {
      const key = refreshKey(session);
      const sealed = await store.get(resultKey(key));
      if (sealed === undefined) return undefined;
      const result = asSharedResult(await sealer.open(purpose, sealed));
      if (result?.key !== key || result.sessionId !== session.id) return undefined;
      const { outcome } = result;
      if (outcome.kind === "expired") return outcome;
      if (outcome.kind === "unavailable") return result.owner === owner ? outcome : undefined;
      if (outcome.session.issuedAt <= session.issuedAt) return undefined;
      return (await isReplayed(outcome.session)) ? outcome : undefined;
    },
    async write(session, outcome, owner) {
      const key = refreshKey(session);
      const result: SharedResult = { key, sessionId: session.id, owner, outcome };
      const sealed = await sealer.seal(purpose, result);
      await store.put(resultKey(key), sealed, lifeOfOutcome(outcome));
    },
    shown(session) {
      // The state of the login came from no refresh.
      if (session.issuedAt === session.loginAt) return;
      const key = shownKey(session);
      if (told.get(key) !== undefined) return;
      const life = lifeOf(session);
      told.set(key, true, runtime.now() + life);
      store.put(key, "", life).catch(() => told.take(key));
    },
  };
}

/** Has the store forget what stands under this refresh key. Best effort. */
export function forgetResult(store: Store, key: string): void {
  store.take(resultKey(key)).catch(() => {});
}

function resultKey(key: string): string {
  return `refresh-result:${key}`;
}

function shownKey({ id, issuedAt }: Session): string {
  return `refresh-shown:${id}:${issuedAt}`;
}

/** The opened value when it has the shape of one: another release may have written it. */
function asSharedResult(value: unknown): SharedResult | undefined {
  return isSharedResult(value) ? value : undefined;
}

function isSharedResult(value: unknown): value is SharedResult {
  if (!isRecord(value) || !isRecord(value["outcome"])) return false;
  const { key, sessionId, owner, outcome } = value;
  if (![key, sessionId, owner].every((text) => typeof text === "string")) return false;
  if (outcome["kind"] === "refreshed") return isSession(outcome["session"]);
  return outcome["kind"] === "expired" || outcome["kind"] === "unavailable";
}
