/**
 * What a live session takes with it to the upstream: who is asking, the access token where it is passed on, when a stream of the
 * session ends, and the cookies of a refresh. One place for requests, upgrades and tickets, so that none of them forgets a part
 * (contract 7, 10).
 */
import type { LiveSession } from "../session/session.ts";
import type { GateParts } from "./parts.ts";
import type { Admission } from "./verdict.ts";

/** The admission of this session to the origin-form target. */
export type SessionAdmission = (target: string, live: LiveSession) => Admission;

/** With a refresh token a stream lives as long as the session, without one as long as the token; never over `max_lifetime_seconds`. */
export function createSessionAdmission({
  settings,
  runtime,
  keyNames,
}: Pick<GateParts, "settings" | "runtime" | "keyNames">): SessionAdmission {
  const { passAccessToken } = settings;
  const maxLifetimeMs = settings.websocket.maxLifetimeSeconds * 1000;
  return (target, { session, hasRefreshToken, cookies }) => {
    const { id, identity, provider } = session;
    const sessionEnd = hasRefreshToken ? session.endsAt : session.expiresAt;
    const endsAt = Math.min(sessionEnd, runtime.now() + maxLifetimeMs);
    const holder = { identity, provider };
    const admission = {
      target,
      identity: holder,
      stream: { sessionId: id, endsAt, holder, keys: keyNames },
    };
    const accessToken = passAccessToken ? session.accessToken : undefined;
    // The common case, on the way of every request, is made without a copy.
    if (cookies === undefined && accessToken === undefined) return admission;
    return {
      ...admission,
      ...(cookies !== undefined && { cookies }),
      ...(accessToken !== undefined && { accessToken }),
    };
  };
}
