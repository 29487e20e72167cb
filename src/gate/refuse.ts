/**
 * Every refusal and error answer, as a page or as JSON by what the client asked for (contract 3). One place renders, so
 * that a refusal never differs between a request, an upgrade and an error of the proxy, and clears exactly the cookies it
 * should: none in an outage, all when the credentials are dead.
 */
import { type ErrorCode, errorCatalogue, type GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { isPageNavigation } from "../http/navigation.ts";
import {
  cookieFields,
  type HeaderField,
  jsonReply,
  type Reply,
  redirectReply,
} from "../http/reply.ts";
import type { LiveSession, Session } from "../session/session.ts";
import { errorPage } from "../views/error.ts";
import { type Refused, rotatedCookies } from "./live-session.ts";
import { createLogoutTargets } from "./logout-targets.ts";
import { nextOfRefusal } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { retryAfter } from "./retry-after.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

export interface Refusals {
  /** The answer to a request without a live session: a redirect for a page, else 401; 503 in an outage. */
  ofResolution(exchange: Exchange, resolution: Refused): ReplyVerdict;
  /** The same, but never a redirect: for a proxy that passes the answer on (forward-auth). */
  asJson(exchange: Exchange, resolution: Refused): ReplyVerdict;
  /** The answer to a caller without credentials. */
  unauthenticated(exchange: Exchange): ReplyVerdict;
  /** 403 for a session whose identity `allow` does not admit. The session stays; its streams end (S82). */
  denied(exchange: Exchange, live: LiveSession): Promise<ReplyVerdict>;
  /** 503 for an outage of the provider, cookies kept. */
  unavailable(exchange: Exchange): ReplyVerdict;
  /** Any error of the catalogue, with its status, its public sentence and, where it passes by itself, `Retry-After`. */
  ofError(exchange: Exchange, error: GateError): Reply;
}

type RefusalParts = Pick<
  GateParts,
  "settings" | "registry" | "sessions" | "endStreams" | "audit" | "log"
>;

/** Tells the gate's own 401 from one of the dashboard with the same envelope: the browser module follows this one alone. */
const signInMark: HeaderField = ["X-Hermes-Gate", "sign-in"];

const noCookie = { error: "unauthenticated", reason: "no_cookie" } as const;
const deadSession = { error: "session_expired", reason: "invalid_or_expired_session" } as const;

export function createRefusals(parts: RefusalParts): Refusals {
  const { settings, sessions, endStreams, audit } = parts;
  const own = ownPaths(settings.gateBase);
  const logoutTargets = createLogoutTargets(parts);

  /** An upgrade shows nobody a page, whatever it accepts: it is never redirected (S74). */
  function isPage(exchange: Exchange): boolean {
    return !isUpgrade(exchange) && isPageNavigation(exchange, settings.apiPrefixes);
  }

  function loginHref(exchange: Exchange): string {
    const next = nextOfRefusal(exchange, settings);
    const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
    return exchange.base.href(own.login) + query;
  }

  /** To the login page, or the 401 that the browser module knows. */
  function signIn(
    exchange: Exchange,
    page: boolean,
    why: { readonly error: ErrorCode; readonly reason: string },
    cookies: readonly HeaderField[] = [],
  ): Reply {
    const loginUrl = loginHref(exchange);
    if (page) return redirectReply(isSafe(exchange.method) ? 302 : 303, loginUrl, cookies);
    const envelope = { error: why.error, detail: "Unauthorized", reason: why.reason };
    return jsonReply(401, { ...envelope, login_url: loginUrl }, [signInMark, ...cookies]);
  }

  function render(
    exchange: Exchange,
    code: ErrorCode,
    cookies: readonly HeaderField[] = [],
  ): Reply {
    const { status, text } = errorCatalogue[code];
    const requestId = exchange.id;
    const headers = [...cookies, ...retryAfter(code)];
    if (isPage(exchange)) return errorPage({ status, sentence: text, requestId, headers });
    return jsonReply(status, { error: code, detail: text, request_id: requestId }, headers);
  }

  function unavailable(exchange: Exchange): ReplyVerdict {
    return replyWith(render(exchange, "provider_unavailable"), "unavailable");
  }

  function refuse(exchange: Exchange, resolution: Refused, page: boolean): ReplyVerdict {
    switch (resolution.kind) {
      case "absent":
        return replyWith(signIn(exchange, page, noCookie), "unauthenticated");
      case "expired": {
        audit("session_verify_failure", exchange, { reason: deadSession.reason });
        const cleared = cookieFields(sessions.clear(exchange));
        return replyWith(signIn(exchange, page, deadSession, cleared), "expired");
      }
      case "unavailable":
        return unavailable(exchange);
    }
  }

  /** Who is signed in, another account, the way out: the page of a person who may not enter. */
  async function deniedPage(
    exchange: Exchange,
    session: Session,
    headers: readonly HeaderField[],
  ): Promise<Reply> {
    const { status, text } = errorCatalogue.access_denied;
    const { email, username, userId } = session.identity;
    return errorPage({
      status,
      sentence: text,
      requestId: exchange.id,
      headers,
      denied: {
        account: email ?? username ?? userId,
        useAnotherHref: exchange.base.href(own.login),
        logoutAction: exchange.base.href(own.logout),
        formTargets: await logoutTargets(exchange, session.provider),
      },
    });
  }

  return {
    unavailable,
    ofResolution: (exchange, resolution) => refuse(exchange, resolution, isPage(exchange)),
    asJson: (exchange, resolution) => refuse(exchange, resolution, false),
    unauthenticated: (exchange) => refuse(exchange, { kind: "absent" }, isPage(exchange)),
    async denied(exchange, live) {
      const { session } = live;
      const { provider, identity, id } = session;
      audit("access_denied", exchange, { provider, user_id: identity.userId });
      endStreams(id);
      const headers = rotatedCookies(live);
      const reply = isPage(exchange)
        ? await deniedPage(exchange, session, headers)
        : render(exchange, "access_denied", headers);
      return replyWith(reply, "denied");
    },
    ofError: (exchange, { code }) => render(exchange, code),
  };
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function isUpgrade({ headers }: Exchange): boolean {
  const { upgrade } = headers;
  return typeof upgrade === "string" && upgrade.toLowerCase() === "websocket";
}
