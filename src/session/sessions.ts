/**
 * Sessions as the gate uses them: resolve, start, look at, end. Composes the cookies, the refreshes and the ended ids; has no
 * rule of its own but how the two cookies of one request make up one session to look at.
 */
import type { Audit } from "../base/audit.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Grant, Provider } from "../provider/contract.ts";
import type { Store } from "../store/contract.ts";
import { createSessionCookies } from "./cookies.ts";
import { type KeptTokens, newSession } from "./grant.ts";
import { createRefreshing } from "./refreshing.ts";
import { createResolve, type RefreshNote, type Resolve } from "./resolve.ts";
import type { Sealer } from "./seal.ts";
import type { Session } from "./session.ts";
import type { SessionMemory } from "./session-memory.ts";

export interface StartedSession {
  readonly session: Session;
  /** The Set-Cookie values of the session. */
  readonly cookies: readonly string[];
}

export interface Sessions {
  /** What the cookies of a request amount to; refreshes where that is due. Synchronous for a session that was seen before. */
  readonly resolve: Resolve;
  /** A new session with an id of its own (S45). Fails with GateError `session_too_large`. */
  start(exchange: Exchange, provider: string, grant: Grant): Promise<StartedSession>;
  /** The session of either cookie, expired or not but not ended, with the tokens of the refresh cookie. Never refreshes. */
  peek(exchange: Exchange): Promise<Session | undefined>;
  /** Denies the session's id until its end and drops its replayed refreshes (S68). Never fails. */
  end(session: Session): Promise<void>;
  /** The Set-Cookie values that delete the session cookies in all variants. */
  clear(exchange: Exchange): readonly string[];
  /** The Set-Cookie values that delete what came and no session is read from (S92). */
  shed(exchange: Exchange): readonly string[];
  /** Whether any session cookie came, good or not. */
  anySessionCookie(exchange: Exchange): boolean;
}

export interface SessionsOptions extends KeptTokens {
  readonly sealer: Sealer;
  /** The start of every cookie name. */
  readonly stem: string;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly audit: Audit;
  readonly provider: (name: string) => Provider | undefined;
  readonly refreshSkewSeconds: number;
  /** 0 is off. */
  readonly idleTimeoutSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly noteRefresh?: RefreshNote | undefined;
  readonly memory: SessionMemory;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { provider, runtime, log, memory, keepAccessToken, keepIdToken } = options;
  const { ended } = memory;
  const cookies = createSessionCookies(options);
  const refresher = createRefreshing({ ...options, ended, memory: memory.refreshes });
  const resolve = createResolve({
    cookies,
    refresher,
    ended,
    runtime,
    log,
    isProvider: (name) => provider(name) !== undefined,
    refreshSkewMs: options.refreshSkewSeconds * 1000,
    idleTimeoutMs: options.idleTimeoutSeconds * 1000,
    noteRefresh: options.noteRefresh,
  });

  const lifetimeMs = options.maxLifetimeSeconds * 1000;
  const newSessions = { runtime, lifetimeMs, keepAccessToken, keepIdToken };

  return {
    resolve,
    async start(exchange, name, grant) {
      const session = newSession(name, grant, newSessions);
      return { session, cookies: await cookies.issue(session, exchange) };
    },
    async peek(exchange) {
      const access = await cookies.readAccess(exchange);
      const refresh = await cookies.readRefresh(exchange);
      if (access === "conflict") return undefined;
      const ours = refresh === "conflict" ? undefined : refresh;
      const found = access ?? ours;
      if (found === undefined || ended.has(found.session.id)) return undefined;
      refresher.shown(found.session);
      // The access cookie lets requests in without the other: one that was planted must not keep its session from the end.
      if (ours?.session.id !== found.session.id) return found.session;
      const newest = refresher.newestOf(ours.session);
      return newest.issuedAt >= found.session.issuedAt ? newest : { ...newest, ...found.session };
    },
    end: (session) => ended.end(session.id, session.endsAt),
    clear: cookies.clear,
    shed: cookies.shed,
    anySessionCookie: cookies.anyCame,
  };
}
