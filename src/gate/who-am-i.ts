/** `GET /api/auth/me`: who is signed in, or whose bearer it is (contract 2, 3). Holds no token (S103). */
import { type HeaderField, jsonReply } from "../http/reply.ts";
import type { Identity } from "../provider/contract.ts";
import type { Handler, HandlerGuards } from "./handler.ts";
import { rotatedCookies } from "./live-session.ts";
import type { GateParts } from "./parts.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";
import { withSession } from "./with-session.ts";

export function createWhoAmI(
  { settings, sessions }: Pick<GateParts, "settings" | "sessions">,
  { refusals, checkBearer }: HandlerGuards,
): Handler {
  return (exchange) => {
    if (settings.insecure) return refusals.unauthenticated(exchange);
    const bearer = checkBearer(exchange);
    if (bearer !== undefined) {
      return bearer.then((found) => (found.kind === "reply" ? found : tell(found.holder)));
    }
    return withSession(sessions, refusals, exchange, (live) =>
      tell(live.session, rotatedCookies(live)),
    );
  };
}

interface Known {
  readonly identity: Identity;
  readonly provider: string;
  readonly expiresAt: number;
}

function tell(
  { identity, provider, expiresAt }: Known,
  headers: readonly HeaderField[] = [],
): ReplyVerdict {
  const body = {
    user_id: identity.userId,
    email: identity.email ?? null,
    display_name: identity.displayName ?? null,
    org_id: identity.orgId ?? null,
    groups: identity.groups,
    provider,
    expires_at: Math.floor(expiresAt / 1000),
  };
  return replyWith(jsonReply(200, body, headers), "own");
}
