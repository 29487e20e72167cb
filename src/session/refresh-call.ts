/**
 * One refresh at the provider, and what its outcome means (contract 5): a grant renews the session, a dead token or another
 * subject ends it, and everything else is an outage that ends nothing (S60, S63).
 */
import type { Audit, AuditSubject } from "../base/audit.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { type Provider, ProviderUnavailable, RefreshExpired } from "../provider/contract.ts";
import type { EndedSessions } from "./ended.ts";
import { type KeptTokens, renewedSession } from "./grant.ts";
import type { Session } from "./session.ts";

export type RefreshOutcome =
  | { readonly kind: "refreshed"; readonly session: Session }
  /** The session has ended. */
  | { readonly kind: "expired" }
  /** The provider could not be asked: nothing is known. */
  | { readonly kind: "unavailable" };

/** Never fails, is never cancelled, and asks the provider at most once. */
export type RefreshCall = (session: Session, subject: AuditSubject) => Promise<RefreshOutcome>;

export interface RefreshCallOptions extends KeptTokens {
  readonly provider: (name: string) => Provider | undefined;
  readonly ended: EndedSessions;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly audit: Audit;
  /** Another look at what other processes were told, before a rejection ends the session (S67). Never fails. */
  readonly lookAgain?: ((session: Session) => Promise<RefreshOutcome | undefined>) | undefined;
}

type FailureReason = "rejected" | "subject_changed" | "unavailable" | "misconfigured" | "error";

export function createRefreshCall(options: RefreshCallOptions): RefreshCall {
  const { provider: providerOf, ended, runtime, log, audit, lookAgain } = options;

  async function reject(
    session: Session,
    subject: AuditSubject,
    reason: "rejected" | "subject_changed",
  ): Promise<RefreshOutcome> {
    fail(session, subject, reason);
    await ended.end(session.id, session.endsAt);
    return { kind: "expired" };
  }

  function fail(session: Session, subject: AuditSubject, reason: FailureReason): void {
    const { provider, identity } = session;
    audit("refresh_failure", subject, { provider, user_id: identity.userId, reason });
  }

  function outage(session: Session, subject: AuditSubject, error: unknown): RefreshOutcome {
    const fields = { request_id: subject.id, provider: session.provider, err: error };
    if (!(error instanceof ProviderUnavailable)) {
      fail(session, subject, "error");
      log.error(fields, "a refresh failed in a way that the provider does not name");
    } else if (error.misconfigured) {
      fail(session, subject, "misconfigured");
      log.error(
        fields,
        "the provider refuses the gate's own settings: check client_id, client_secret and scopes",
      );
    } else {
      fail(session, subject, "unavailable");
      log.warn(fields, "a session could not be refreshed: the provider is unavailable");
    }
    return { kind: "unavailable" };
  }

  /** A session that was ended while its refresh was under way must not leave a live token behind at the provider. */
  function discard(provider: Provider, token: string): RefreshOutcome {
    provider.revoke?.(token).catch((err: unknown) => {
      log.warn({ provider: provider.name, err }, "a token of an ended session was not revoked");
    });
    return { kind: "expired" };
  }

  return async (session, subject) => {
    const provider = providerOf(session.provider);
    const { refreshToken, identity } = session;
    if (provider === undefined || refreshToken === undefined) return { kind: "expired" };
    try {
      const grant = await provider.refresh({ refreshToken, identity });
      if (grant.identity.userId !== identity.userId) {
        return await reject(session, subject, "subject_changed");
      }
      if (ended.has(session.id)) return discard(provider, grant.refreshToken ?? refreshToken);
      audit("refresh_success", subject, { provider: provider.name, user_id: identity.userId });
      return { kind: "refreshed", session: renewedSession(session, grant, runtime.now(), options) };
    } catch (error) {
      if (!(error instanceof RefreshExpired)) return outage(session, subject, error);
    }
    // Another process may have sent the token a moment before.
    const other = await lookAgain?.(session);
    if (other?.kind === "refreshed") return other;
    return reject(session, subject, "rejected");
  };
}
