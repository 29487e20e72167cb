/**
 * `GET /auth/verify`: the decision alone, for a proxy's forward-auth: 204 with the identity, or 401, and never a redirect,
 * which such a proxy would take for the answer of the dashboard. The rotated cookies ride on the 204.
 */
import type { Exchange } from "../http/exchange.ts";
import { emptyReply, type HeaderField } from "../http/reply.ts";
import type { Handler, HandlerGuards } from "./handler.ts";
import { isLive, rotatedCookies } from "./live-session.ts";
import type { GateParts } from "./parts.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

export function createVerify(
  {
    settings,
    sessions,
    admits,
    identityFields,
  }: Pick<GateParts, "settings" | "sessions" | "admits" | "identityFields">,
  { refusals, checkBearer }: HandlerGuards,
): Handler {
  return async (exchange) => {
    if (settings.insecure) return replyWith(emptyReply(204), "own");
    const bearer = await checkBearer(exchange);
    if (bearer === undefined) return verifySession(exchange);
    if (bearer.kind === "reply") return bearer;
    const { identity } = bearer.admission;
    const fields = identity === undefined ? [] : pairs(identityFields(identity, exchange.base));
    return replyWith(emptyReply(204, fields), "own");
  };

  async function verifySession(exchange: Exchange): Promise<ReplyVerdict> {
    const resolution = await sessions.resolve(exchange);
    if (!isLive(resolution)) return refusals.asJson(exchange, resolution);
    const { session } = resolution;
    if (!admits(session.provider, session.identity)) return refusals.denied(exchange, resolution);
    const fields = pairs(identityFields(session, exchange.base));
    return replyWith(emptyReply(204, [...fields, ...rotatedCookies(resolution)]), "own");
  }
}

function pairs(flat: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let at = 0; at < flat.length; at += 2) fields.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return fields;
}
