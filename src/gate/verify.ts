/**
 * `GET /auth/verify`: the decision alone, for a proxy's forward-auth: 204 with the identity, or 401. A proxy that cannot
 * pass `Set-Cookie` on would lose a rotation, so the rotated cookies ride on the 204.
 */

import { errorCatalogue } from "../base/errors.ts";
import { cookieFields, emptyReply, type HeaderField, jsonReply } from "../http/reply.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import type { Handler } from "./routes.ts";
import { replyWith } from "./verdict.ts";

export function createVerify(
  {
    settings,
    sessions,
    admits,
    identityFields,
  }: Pick<GateParts, "settings" | "sessions" | "admits" | "identityFields">,
  refusals: Refusals,
): Handler {
  const unauthorized = (code: "unauthenticated" | "session_expired") =>
    jsonReply(401, { error: code, detail: errorCatalogue[code].text });

  return async (exchange) => {
    if (settings.insecure) return replyWith(emptyReply(204), "own");
    const resolution = await sessions.resolve(exchange);
    switch (resolution.kind) {
      case "absent":
        return replyWith(unauthorized("unauthenticated"), "unauthenticated");
      case "expired":
        return replyWith(unauthorized("session_expired"), "expired");
      case "unavailable":
        return refusals.unavailable(exchange, resolution.retryAfterSeconds);
    }
    const { session } = resolution;
    const rotated = resolution.kind === "refreshed" ? resolution.cookies : () => [];
    if (!admits(session.provider, session.identity))
      return refusals.denied(exchange, session, rotated);
    const cookies = cookieFields(rotated());
    const identity = pairs(identityFields(session));
    return replyWith(emptyReply(204, [...identity, ...cookies]), "own");
  };
}

function pairs(flat: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let at = 0; at < flat.length; at += 2) fields.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return fields;
}
