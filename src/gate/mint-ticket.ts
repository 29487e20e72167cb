/** `POST /api/auth/ws-ticket`: a single-use ticket for one WebSocket upgrade of this session (contract 10, S76, S77). */
import { GateError } from "../base/errors.ts";
import { jsonReply, withHeaders } from "../http/reply.ts";
import { StoreUnavailable } from "../store/contract.ts";
import type { Handler } from "./handler.ts";
import { rotatedCookies } from "./live-session.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import { replyWith } from "./verdict.ts";
import { withSession } from "./with-session.ts";

export function createMintTicket(
  parts: Pick<GateParts, "settings" | "sessions" | "tickets" | "admits" | "audit">,
  refusals: Refusals,
): Handler {
  const { settings, sessions, tickets, admits, audit } = parts;
  return (exchange) => {
    if (settings.insecure) throw new GateError("no_provider");
    return withSession(sessions, refusals, exchange, async (live) => {
      const { session, hasRefreshToken } = live;
      if (!admits(session.provider, session.identity)) return refusals.denied(exchange, live);
      let ticket: string;
      try {
        ticket = await tickets.mint(session, hasRefreshToken);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        const reply = refusals.ofError(exchange, new GateError("store_unavailable"));
        return replyWith(withHeaders(reply, rotatedCookies(live)), "unavailable");
      }
      audit("ws_ticket_minted", exchange, {
        provider: session.provider,
        user_id: session.identity.userId,
      });
      const body = { ticket, ttl_seconds: settings.websocket.ticketTtlSeconds };
      return replyWith(jsonReply(200, body, rotatedCookies(live)), "own");
    });
  };
}
