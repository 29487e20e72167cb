/**
 * What the cookies of a request amount to (contract 3, 4 and 5): the guards in order, from the cached access cookie, which
 * costs no promise, to the refresh at the provider. Only here is decided when a session is refreshed.
 */
import { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Exchange } from "../http/exchange.ts";
import type { SessionCookies } from "./cookies.ts";
import type { EndedSessions } from "./ended.ts";
import type { CookieRead } from "./read-cookies.ts";
import type { Refresher } from "./refresh.ts";
import type { Resolution, Session } from "./session.ts";
import type { SessionCookie } from "./session-cookie.ts";

export type Resolve = (exchange: Exchange) => Resolution | Promise<Resolution>;

/** Told when a request has waited for a refresh: whether the call was under way for another one already. */
export type RefreshNote = (exchange: Exchange, shared: boolean) => void;

export interface ResolveOptions {
  readonly cookies: SessionCookies;
  readonly refresher: Refresher;
  readonly ended: EndedSessions;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly isProvider: (name: string) => boolean;
  /** How long before its expiry a session is refreshed; at most a quarter of the access token's life. */
  readonly refreshSkewMs: number;
  /** 0 is off. */
  readonly idleTimeoutMs: number;
  readonly noteRefresh?: RefreshNote | undefined;
}

const expired: Resolution = { kind: "expired" };
const absent: Resolution = { kind: "absent" };
const unavailable: Resolution = { kind: "unavailable" };

export function createResolve(options: ResolveOptions): Resolve {
  const { cookies: sessionCookies, refresher, ended, runtime, log, isProvider } = options;
  const { refreshSkewMs, idleTimeoutMs, noteRefresh } = options;

  function judge(exchange: Exchange, access: CookieRead): Resolution | Promise<Resolution> {
    if (access === "conflict") return expired;
    if (access === undefined) {
      return sessionCookies.anyCame(exchange) ? renew(exchange, undefined) : absent;
    }
    const now = runtime.now();
    if (!isAlive(access, now)) return expired;
    if (now < refreshDueAt(access) && !isRewriteDue(access, now)) return active(access);
    return renew(exchange, access);
  }

  /** The session has not ended by any rule; its access token may have expired. Asked on cached values too. */
  function isAlive({ session, writtenAt }: SessionCookie, now: number): boolean {
    if (ended.has(session.id) || now >= session.endsAt) return false;
    if (idleTimeoutMs > 0 && now - writtenAt >= idleTimeoutMs) return false;
    return isProvider(session.provider);
  }

  function refreshDueAt({ session, hasRefreshToken }: SessionCookie): number {
    // The last token of a session is not refreshed early: no refresh could make it last longer.
    if (!hasRefreshToken || session.expiresAt >= session.endsAt) return session.expiresAt;
    const quarter = (session.expiresAt - session.issuedAt) / 4;
    return session.expiresAt - Math.min(refreshSkewMs, quarter);
  }

  /** The idle time-out counts from the writing of the cookies, so they are written anew every tenth of it. */
  function isRewriteDue(cookie: SessionCookie, now: number): boolean {
    return idleTimeoutMs > 0 && now - cookie.writtenAt >= idleTimeoutMs / 10;
  }

  /** With the refresh cookie at hand: refreshed where that is due, written anew for the idle time-out, else active as it is. */
  async function renew(exchange: Exchange, access: SessionCookie | undefined): Promise<Resolution> {
    const refresh = await sessionCookies.readRefresh(exchange);
    const now = runtime.now();
    const valid = access !== undefined && now < access.session.expiresAt ? access : undefined;
    const usable = usableRefresh(refresh, access, now);
    if (usable !== undefined) {
      refresher.shown(usable.session);
      if (valid === undefined || now >= refreshDueAt(valid))
        return refreshed(exchange, usable, valid);
    }
    if (valid === undefined) return expired;
    return isRewriteDue(valid, now) ? rewritten(exchange, valid, usable) : active(valid);
  }

  /** A refresh cookie of another session than the access cookie's is of no use: one of the two was planted. */
  function usableRefresh(
    refresh: CookieRead,
    access: SessionCookie | undefined,
    now: number,
  ): SessionCookie | undefined {
    if (refresh === undefined || refresh === "conflict" || !isAlive(refresh, now)) return undefined;
    return access === undefined || access.session.id === refresh.session.id ? refresh : undefined;
  }

  async function refreshed(
    exchange: Exchange,
    { session }: SessionCookie,
    valid: SessionCookie | undefined,
  ): Promise<Resolution> {
    // Nobody waits for a refresh that another request waits for already while the old token is good.
    if (valid !== undefined && refresher.isUnderWay(session)) return active(valid);
    const shared = noteRefresh !== undefined && refresher.isUnderWay(refresher.newestOf(session));
    const outcome = await refresher.refresh(session, exchange);
    if (outcome.kind !== "unavailable" || shared) noteRefresh?.(exchange, shared);
    switch (outcome.kind) {
      case "refreshed":
        return withCookies(exchange, outcome.session);
      case "expired":
        return expired;
      case "unavailable": {
        const stillValid = valid !== undefined && runtime.now() < valid.session.expiresAt;
        return stillValid ? active(valid) : unavailable;
      }
    }
  }

  function rewritten(
    exchange: Exchange,
    valid: SessionCookie,
    refresh: SessionCookie | undefined,
  ): Promise<Resolution> {
    const { refreshToken, idToken } = refresh?.session ?? {};
    return withCookies(exchange, {
      ...valid.session,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(idToken !== undefined && { idToken }),
    });
  }

  /** The session with its new cookies; expired when they fit nowhere, or when it ended while they were sealed. */
  async function withCookies(exchange: Exchange, session: Session): Promise<Resolution> {
    try {
      const issued = await sessionCookies.issue(session, exchange);
      if (ended.has(session.id)) return expired;
      const hasRefreshToken = session.refreshToken !== undefined;
      // Asked for when the head is written, which may be long after.
      const cookies = () => (isOutdated(session) ? [] : issued);
      return { kind: "refreshed", session, hasRefreshToken, cookies };
    } catch (error) {
      if (!(error instanceof GateError) || error.code !== "session_too_large") throw error;
      // The old token is spent and the new one fits nowhere: only a new sign-in can tell the person.
      log.error(
        { request_id: exchange.id, ...error.facts },
        "a refreshed session does not fit cookies",
      );
      await ended.end(session.id, session.endsAt);
      return expired;
    }
  }

  /** Its cookies would set back what another answer sets, or is about to (S66). */
  function isOutdated(session: Session): boolean {
    return ended.has(session.id) || !refresher.isCurrent(session) || refresher.isUnderWay(session);
  }

  return (exchange) => {
    const access = sessionCookies.readAccess(exchange);
    if (!(access instanceof Promise)) return judge(exchange, access);
    return access.then((opened) => {
      // A value that was opened before was noted at its opening.
      if (opened !== undefined && opened !== "conflict") refresher.shown(opened.session);
      return judge(exchange, opened);
    });
  };
}

function active({ session, hasRefreshToken }: SessionCookie): Resolution {
  return { kind: "active", session, hasRefreshToken };
}
