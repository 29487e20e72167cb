/** A request's session that was found good: how it is told from what is refused, and what of its refresh an answer carries. */
import { cookieFields, type HeaderField } from "../http/reply.ts";
import type { LiveSession, Resolution } from "../session/session.ts";

export type Live = Extract<Resolution, { readonly kind: "active" | "refreshed" }>;

/** What is refused: no session came, a dead one, or one that cannot be judged. */
export type Refused = Exclude<Resolution, Live>;

export function isLive(resolution: Resolution): resolution is Live {
  return resolution.kind === "active" || resolution.kind === "refreshed";
}

/** The `Set-Cookie` fields of an answer that is made now; empty where nothing was refreshed. */
export function rotatedCookies({ cookies }: LiveSession): readonly HeaderField[] {
  return cookies === undefined ? [] : cookieFields(cookies());
}
