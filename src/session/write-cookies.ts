/**
 * Writing the session cookies: what goes out leaves the browser with this session and no other, whatever it held before
 * (S45, S53, S54). A session that does not fit is an error, never a partial write.
 */
import { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { cookieNames, isCookieName } from "../http/cookie.ts";
import type { Exchange } from "../http/exchange.ts";
import type { PublicBase } from "../http/public-base.ts";
import { partName, partOf, partRoom, partsWanted, splitValue } from "./cookie-parts.ts";
import {
  type CookieTable,
  deleteCookie,
  maxCookieLength,
  type SessionKind,
  secondsUntil,
  setCookie,
} from "./cookie-table.ts";
import type { Sealer } from "./seal.ts";
import type { Session } from "./session.ts";
import { accessCookie, refreshCookie } from "./session-cookie.ts";

export interface CookieWriter {
  /**
   * The Set-Cookie values that make the browser hold this session: other variants and left-over parts that came are deleted.
   * One session object is sealed once, however many answers carry it. Fails with GateError `session_too_large`.
   */
  issue(session: Session, exchange: Exchange): Promise<readonly string[]>;
  /** The Set-Cookie values that delete both cookies in all variants, and the parts that came. */
  clear(exchange: Exchange): readonly string[];
  /**
   * The Set-Cookie values that delete what came and no session is read from: variants of another scheme, and parts that are
   * left over from a larger value. For a request whose head is too large (S92).
   */
  shed(exchange: Exchange): readonly string[];
}

export interface CookieWriterOptions {
  readonly table: CookieTable;
  readonly sealer: Sealer;
  readonly runtime: Runtime;
  readonly log: Log;
}

interface Sealed {
  readonly access: string;
  readonly refresh: string | undefined;
}

const refreshCookieMs = 30 * 24 * 3600 * 1000;
const proxyBufferHint = 7 * 1024;

export function createCookieWriter({
  table,
  sealer,
  runtime,
  log,
}: CookieWriterOptions): CookieWriter {
  const sealedOnce = new WeakMap<Session, Promise<Sealed>>();
  let saidLarge = false;

  function sealOnce(session: Session): Promise<Sealed> {
    const known = sealedOnce.get(session);
    if (known !== undefined) return known;
    const sealed = sealBoth(session);
    sealedOnce.set(session, sealed);
    return sealed;
  }

  async function sealBoth(session: Session): Promise<Sealed> {
    const now = runtime.now();
    const refresh = refreshCookie(session, now);
    try {
      return {
        access: await sealer.seal(table.purpose("at"), accessCookie(session, now)),
        refresh: refresh && (await sealer.seal(table.purpose("rt"), refresh)),
      };
    } catch (error) {
      throw error instanceof GateError ? new GateError(error.code, sizesOf(session), error) : error;
    }
  }

  /** The sealed value in as many cookies as it needs. Fails with GateError `session_too_large`. */
  function partsOf(base: PublicBase, kind: SessionKind, sealed: string, session: Session): Parts {
    const name = table.nameFor(base, kind);
    // At their longest: no age that is set, in seconds, has as many digits as this one.
    const attributes = setCookie(base, partName(name, 1), "", refreshCookieMs).length;
    const parts = splitValue(sealed, Math.min(partRoom, maxCookieLength - attributes));
    if (parts !== undefined) return parts.map((part, index) => [partName(name, index), part]);
    const facts = { cookie: table.purpose(kind), bytes: sealed.length, ...sizesOf(session) };
    throw new GateError("session_too_large", facts);
  }

  function warnOfSize(parts: Parts): void {
    const bytes = parts.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (saidLarge || bytes <= proxyBufferHint) return;
    saidLarge = true;
    log.warn(
      { cookie_bytes: bytes },
      "session cookies are over 7 KiB: proxies in front of the gate need larger header buffers",
    );
  }

  /** Those that can be deleted: a planted name that is no token stays, and may not keep a session from its end. */
  function sessionCookiesIn(header: string): readonly string[] {
    return cookieNames(header).filter((name) => table.isSessionCookie(name) && isCookieName(name));
  }

  function isRead(name: string, { base, cookieHeader }: Exchange): boolean {
    const { whole, index } = partOf(name);
    const names = [...table.readNames(base.scheme, "at"), ...table.readNames(base.scheme, "rt")];
    return names.includes(whole) && index < partsWanted(cookieHeader, whole);
  }

  return {
    async issue(session, { base, cookieHeader }) {
      const sealed = await sealOnce(session);
      const access = partsOf(base, "at", sealed.access, session);
      const refresh = sealed.refresh ? partsOf(base, "rt", sealed.refresh, session) : [];
      warnOfSize([...access, ...refresh]);
      const now = runtime.now();
      const set = (parts: Parts, until: number) => {
        const maxAge = secondsUntil(Math.min(until, session.endsAt), now);
        return parts.map(([name, value]) => setCookie(base, name, value, maxAge));
      };
      const written = new Set([...access, ...refresh].map(([name]) => name));
      const came = new Set(sessionCookiesIn(cookieHeader));
      const stale = [...came].filter((name) => !written.has(name));
      return [
        ...set(access, session.expiresAt),
        ...set(refresh, now + refreshCookieMs),
        ...stale.map((name) => deleteCookie(base, name)),
      ];
    },
    clear({ base, cookieHeader }) {
      const all = [...table.allNames("at"), ...table.allNames("rt")];
      const gone = new Set([...all, ...sessionCookiesIn(cookieHeader)]);
      return [...gone].map((name) => deleteCookie(base, name));
    },
    shed(exchange) {
      const came = new Set(sessionCookiesIn(exchange.cookieHeader));
      const surplus = [...came].filter((name) => !isRead(name, exchange));
      return surplus.map((name) => deleteCookie(exchange.base, name));
    },
  };
}

type Parts = readonly (readonly [name: string, value: string])[];

/** What may have made the session too large, for the operator: sizes alone, no values. */
function sizesOf(session: Session): Readonly<Record<string, number>> {
  return {
    identity_bytes: JSON.stringify(session.identity).length,
    groups: session.identity.groups.length,
    access_token_bytes: session.accessToken?.length ?? 0,
    refresh_token_bytes: session.refreshToken?.length ?? 0,
    id_token_bytes: session.idToken?.length ?? 0,
  };
}
