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
import type { Resolution, Session } from "../session/session.ts";
import { errorPage } from "../views/error.ts";
import { nextOfRefusal } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

export interface Refusals {
  /** The answer to a request without a live session. */
  ofResolution(exchange: Exchange, resolution: Refused): ReplyVerdict;
  /** 401 for a caller without credentials, as JSON or a redirect to the login page. */
  unauthenticated(exchange: Exchange): ReplyVerdict;
  /** 403 for a session whose identity `allow` does not admit. The session stays. */
  denied(exchange: Exchange, session: Session, cookies?: () => readonly string[]): ReplyVerdict;
  /** 503 with `Retry-After`, cookies kept. */
  unavailable(exchange: Exchange, retryAfterSeconds: number): ReplyVerdict;
  /** Any error of the catalogue, with its status and public sentence. */
  ofError(exchange: Exchange, error: GateError): Reply;
  /** The login page's path with the `next` that fits this request. */
  loginHref(exchange: Exchange): string;
}

export type Refused = Exclude<Resolution, { kind: "active" | "refreshed" }>;

type RefusalParts = Pick<GateParts, "settings" | "sessions" | "audit">;

export function createRefusals(parts: RefusalParts): Refusals {
  const { settings, sessions, audit } = parts;
  const own = ownPaths(settings.gateBase);

  function loginHref(exchange: Exchange): string {
    const next = nextOfRefusal(exchange, settings);
    const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
    return exchange.base.href(own.login) + query;
  }

  function signIn(exchange: Exchange, code: "session_expired" | "unauthenticated"): Reply {
    const dead = code === "session_expired";
    const clears = cookieFields(dead ? sessions.clear(exchange) : []);
    const loginUrl = loginHref(exchange);
    if (isPageNavigation(exchange, settings.apiPrefixes)) {
      return redirectReply(isSafe(exchange.method) ? 302 : 303, loginUrl, clears);
    }
    const reason = dead ? "invalid_or_expired_session" : "no_cookie";
    const envelope = { error: code, detail: "Unauthorized", reason, login_url: loginUrl };
    return jsonReply(401, envelope, clears);
  }

  function render(
    exchange: Exchange,
    code: ErrorCode,
    headers: readonly HeaderField[] = [],
    account?: string,
  ): Reply {
    const { status, text } = errorCatalogue[code];
    if (!isPageNavigation(exchange, settings.apiPrefixes)) {
      return jsonReply(status, { error: code, detail: text, request_id: exchange.id }, headers);
    }
    return errorPage({
      status,
      sentence: text,
      requestId: exchange.id,
      headers,
      ...(account !== undefined && {
        denied: {
          account,
          useAnotherHref: exchange.base.href(own.login),
          logoutAction: exchange.base.href(own.logout),
        },
      }),
    });
  }

  function unavailable(exchange: Exchange, retryAfterSeconds: number): ReplyVerdict {
    const retry: HeaderField = ["Retry-After", String(retryAfterSeconds)];
    return replyWith(render(exchange, "provider_unavailable", [retry]), "unavailable");
  }

  return {
    loginHref,
    unavailable,
    ofResolution(exchange, resolution) {
      switch (resolution.kind) {
        case "absent":
          return replyWith(signIn(exchange, "unauthenticated"), "unauthenticated");
        case "expired":
          audit("session_verify_failure", exchange, { reason: "invalid_or_expired_session" });
          return replyWith(signIn(exchange, "session_expired"), "expired");
        case "unavailable":
          return unavailable(exchange, resolution.retryAfterSeconds);
      }
    },
    unauthenticated: (exchange) =>
      replyWith(signIn(exchange, "unauthenticated"), "unauthenticated"),
    denied(exchange, session, cookies) {
      const { identity, provider } = session;
      audit("access_denied", exchange, { provider, user_id: identity.userId });
      const headers = cookieFields(cookies?.() ?? []);
      const account = identity.email ?? identity.username ?? identity.userId;
      return replyWith(render(exchange, "access_denied", headers, account), "denied");
    },
    ofError: (exchange, error) => render(exchange, error.code),
  };
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
