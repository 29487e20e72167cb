/** `GET /api/auth/me`: who is signed in (contract 2). Holds no token (S103). */
import { cookieFields, jsonReply } from "../http/reply.ts";
import type { Handler } from "./handler.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import { replyWith } from "./verdict.ts";
import { withSession } from "./with-session.ts";

export function createWhoAmI(
  { settings, sessions }: Pick<GateParts, "settings" | "sessions">,
  refusals: Refusals,
): Handler {
  return (exchange) => {
    if (settings.insecure) return refusals.unauthenticated(exchange);
    return withSession(sessions, refusals, exchange, ({ session, cookies }) => {
      const { identity, provider, expiresAt } = session;
      const body = {
        user_id: identity.userId,
        email: identity.email ?? null,
        display_name: identity.displayName ?? null,
        org_id: identity.orgId ?? null,
        groups: identity.groups,
        provider,
        expires_at: Math.floor(expiresAt / 1000),
      };
      return replyWith(jsonReply(200, body, cookieFields(cookies())), "own");
    });
  };
}
