/**
 * The decision for one WebSocket upgrade (contract 10), guards in order: handshake, origin, own path, ticket, public path,
 * bearer, session. The origin is judged before any credential and spends no ticket; a ticket of our shape decides alone (S74-S80).
 */
import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { type HeaderField, type Reply, withHeaders } from "../http/reply.ts";
import type { LiveSession } from "../session/session.ts";
import { StoreUnavailable } from "../store/contract.ts";
import { type ExtractedTicket, extractTicket } from "../ticket/extract.ts";
import type { TicketHolder } from "../ticket/tickets.ts";
import type { SessionAdmission } from "./admission.ts";
import type { HandlerGuards } from "./handler.ts";
import { isLive } from "./live-session.ts";
import type { GateParts } from "./parts.ts";
import type { OwnRoute } from "./routes.ts";
import { judgeHandshake } from "./upgrade-handshake.ts";
import { judgeOrigin, type OriginVerdict } from "./upgrade-origin.ts";
import {
  type ForwardVerdict,
  forwardWith,
  type Outcome,
  type RefusalCode,
  type ReplyVerdict,
  replyWith,
  type UpgradeRefusal,
  type UpgradeVerdict,
} from "./verdict.ts";

/** What a request that is no WebSocket handshake is told to send (RFC 9110, 15.5.22; RFC 6455, 4.4). */
const wanted: readonly HeaderField[] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Version", "13"],
];
const noAccess = "this account may not use this dashboard";

export type UpgradeGate = (exchange: Exchange) => Promise<UpgradeVerdict>;

/** The guards that requests have too. */
export interface SharedGuards extends HandlerGuards {
  readonly ownRoute: OwnRoute;
  readonly admissionOf: SessionAdmission;
}

export function createUpgradeGate(parts: GateParts, guards: SharedGuards): UpgradeGate {
  const { settings, sessions, tickets, publicPaths, admits, audit } = parts;
  const { refusals, ownRoute, checkBearer, admissionOf } = guards;
  const { websocket } = settings;

  return async function admitUpgrade(exchange) {
    const fault = judgeHandshake(exchange);
    if (fault !== undefined) {
      const reply = withHeaders(refusals.ofError(exchange, new GateError(fault)), wanted);
      return replyWith(reply, "refused");
    }
    const origin = judgeOrigin(exchange, websocket.allowedOrigins);
    if (origin === "foreign") return refuseOrigin(exchange);
    // No own path is a socket: it answers as if no upgrade were asked for (RFC 9110, 7.8).
    const own = ownRoute(exchange);
    if (own !== undefined) return own;
    if (settings.insecure) return forwardWith({ target: exchange.target.forward }, "insecure");

    const found = extractTicket(
      exchange.target.forward,
      exchange.headers["sec-websocket-protocol"],
    );
    if (found.kind !== "none") return admitTicket(exchange, found);
    if (origin !== "opaque" && publicPaths.matchUpgrade(exchange.target)) {
      return forwardWith({ target: exchange.target.forward }, "public");
    }
    const bearer = checkBearer(exchange);
    if (bearer !== undefined) return asUpgrade(await bearer);
    return admitCookie(exchange, origin);
  };

  function refuseOrigin(exchange: Exchange): UpgradeRefusal {
    const reply = refusals.ofError(exchange, new GateError("cross_site_request"));
    return refuse(4403, "this origin is not allowed", reply, "refused");
  }

  /** A ticket decides alone: when it is not good, nothing else that came is looked at. */
  async function admitTicket(
    exchange: Exchange,
    found: Exclude<ExtractedTicket, { kind: "none" }>,
  ): Promise<UpgradeVerdict> {
    let holder: TicketHolder | undefined;
    try {
      if (found.kind === "several") await Promise.all(found.tickets.map(tickets.redeem));
      else holder = await tickets.redeem(found.ticket);
    } catch (error) {
      if (error instanceof StoreUnavailable) return refuseUnread(exchange);
      throw error;
    }
    if (found.kind !== "one" || holder === undefined) {
      audit("ws_ticket_rejected", exchange, {});
      const { reply, outcome } = refusals.unauthenticated(exchange);
      return refuse(4401, "no valid session or ticket", reply, outcome);
    }
    const { session } = holder;
    if (!admits(session.provider, session.identity)) return refuseAccess(exchange, holder);
    const { target, protocols } = found;
    const admission = admissionOf(target, holder);
    return forwardWith(protocols === undefined ? admission : { ...admission, protocols }, "ticket");
  }

  /** A ticket that cannot be looked up admits nobody. That is no dead session, so the client may try again (contract 10). */
  function refuseUnread(exchange: Exchange): UpgradeRefusal {
    audit("ws_ticket_rejected", exchange, {});
    const reply = refusals.ofError(exchange, new GateError("store_unavailable"));
    return refuse(1013, "tickets cannot be checked just now", reply, "unavailable");
  }

  /** Cookies admit only where `websocket.auth` says so, and only with an Origin that was judged to be ours. */
  async function admitCookie(exchange: Exchange, origin: OriginVerdict): Promise<UpgradeVerdict> {
    if (!websocket.cookies) return refuseSession(refusals.unauthenticated(exchange));
    if (origin !== "ours") {
      return sessions.anySessionCookie(exchange)
        ? refuseOrigin(exchange)
        : refuseSession(refusals.unauthenticated(exchange));
    }
    const resolution = await sessions.resolve(exchange);
    if (!isLive(resolution)) return refuseSession(refusals.ofResolution(exchange, resolution));
    const { kind, session } = resolution;
    if (!admits(session.provider, session.identity)) return refuseAccess(exchange, resolution);
    const admission = admissionOf(exchange.target.forward, resolution);
    return forwardWith(admission, kind === "refreshed" ? "refreshed" : "session");
  }

  async function refuseAccess(exchange: Exchange, live: LiveSession): Promise<UpgradeRefusal> {
    const { reply, outcome } = await refusals.denied(exchange, live);
    return refuse(4403, noAccess, reply, outcome);
  }
}

/** A refusal of the session as the upgrade's: 503 is an outage that a client may try again after. */
function refuseSession({ reply, outcome }: ReplyVerdict): UpgradeRefusal {
  if (outcome === "unavailable")
    return refuse(1013, "the sign-in service cannot be reached", reply, outcome);
  return refuse(4401, "no valid session or ticket", reply, outcome);
}

function asUpgrade(verdict: ForwardVerdict | ReplyVerdict): UpgradeVerdict {
  if (verdict.kind === "forward") return verdict;
  const { reply, outcome } = verdict;
  if (outcome === "denied") return refuse(4403, noAccess, reply, outcome);
  return refuseSession(verdict);
}

function refuse(code: RefusalCode, reason: string, reply: Reply, outcome: Outcome): UpgradeRefusal {
  return { kind: "refuse", code, reason, reply, outcome };
}
