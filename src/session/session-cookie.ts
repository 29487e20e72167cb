/** What one session cookie says once it is opened: the session, when it was written, and whether it can be refreshed. */
import { isRecord } from "../base/record.ts";
import type { Session } from "./session.ts";

export interface SessionCookie {
  readonly session: Session;
  /** When the cookie was written, in milliseconds since the epoch: what the idle time-out counts from. */
  readonly writtenAt: number;
  /** A refresh token went out with this cookie. Sealed in, so that no client can claim it. */
  readonly hasRefreshToken: boolean;
}

/** What the access cookie holds of the session. */
export function accessCookie(session: Session, writtenAt: number): SessionCookie {
  const { refreshToken, idToken: _, ...rest } = session;
  return { session: rest, writtenAt, hasRefreshToken: refreshToken !== undefined };
}

/** What the refresh cookie holds of the session; undefined when there is no refresh token. */
export function refreshCookie(session: Session, writtenAt: number): SessionCookie | undefined {
  const { accessToken: _, ...rest } = session;
  return rest.refreshToken === undefined
    ? undefined
    : { session: rest, writtenAt, hasRefreshToken: true };
}

/** The opened value when it has the shape of one: what an older release sealed may not. */
export function asSessionCookie(value: unknown): SessionCookie | undefined {
  return isSessionCookie(value) ? value : undefined;
}

/** One session out of all that opened under a name: the newest of the same session, `conflict` for different ones (S50). */
export function agreedCookie(
  opened: readonly (SessionCookie | undefined)[],
): SessionCookie | "conflict" | undefined {
  let newest: SessionCookie | undefined;
  for (const cookie of opened) {
    if (cookie === undefined) continue;
    if (newest !== undefined && newest.session.id !== cookie.session.id) return "conflict";
    if (newest === undefined || isNewer(cookie, newest)) newest = cookie;
  }
  return newest;
}

function isNewer(a: SessionCookie, b: SessionCookie): boolean {
  const difference = a.session.issuedAt - b.session.issuedAt;
  return difference > 0 || (difference === 0 && a.writtenAt > b.writtenAt);
}

/** Whether the opened value has the shape of a session. */
export function isSession(value: unknown): value is Session {
  if (!isRecord(value) || !isRecord(value["identity"])) return false;
  const times = [value["loginAt"], value["endsAt"], value["issuedAt"], value["expiresAt"]];
  return (
    times.every((time) => Number.isFinite(time)) &&
    typeof value["id"] === "string" &&
    typeof value["provider"] === "string" &&
    typeof value["identity"]["userId"] === "string" &&
    Array.isArray(value["identity"]["groups"])
  );
}

function isSessionCookie(value: unknown): value is SessionCookie {
  return isRecord(value) && Number.isFinite(value["writtenAt"]) && isSession(value["session"]);
}
