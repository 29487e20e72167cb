/**
 * What a live session takes with it to the upstream: who is asking, the access token where it is passed on, and when a stream of
 * the session ends. One place for requests, upgrades and tickets, so that none of them forgets a part (contract 7, 10).
 */
import type { Session } from "../session/session.ts";
import type { GateParts } from "./parts.ts";
import type { Admission } from "./verdict.ts";

export type SessionAdmission = (
  session: Session,
  hasRefreshToken: boolean,
) => Pick<Admission, "identity" | "stream" | "accessToken">;

/** With a refresh token a stream lives as long as the session, without one as long as the token; never over `max_lifetime_seconds`. */
export function createSessionAdmission({
  settings,
  runtime,
}: Pick<GateParts, "settings" | "runtime">): SessionAdmission {
  const { passAccessToken } = settings;
  const maxLifetimeMs = settings.websocket.maxLifetimeSeconds * 1000;
  return (session, hasRefreshToken) => {
    const { id, identity, provider, accessToken } = session;
    const sessionEnd = hasRefreshToken ? session.endsAt : session.expiresAt;
    const endsAt = Math.min(sessionEnd, runtime.now() + maxLifetimeMs);
    const admission = { identity: { identity, provider }, stream: { sessionId: id, endsAt } };
    return passAccessToken && accessToken !== undefined ? { ...admission, accessToken } : admission;
  };
}
