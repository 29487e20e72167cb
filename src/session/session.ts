/** A signed-in session as the gate holds it: what the sealed cookies carry. Times in milliseconds since the epoch. */
import type { Identity } from "../provider/contract.ts";

export interface Session {
  /** Random, made at login, the same through all refreshes. */
  readonly id: string;
  readonly provider: string;
  readonly identity: Identity;
  readonly loginAt: number;
  /** The absolute end, sealed at login; no refresh moves it (S64). */
  readonly endsAt: number;
  /** When the current access token was issued, and when it expires. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Kept only where something needs it: `pass_access_token`. */
  readonly accessToken?: string;
  readonly refreshToken?: string;
  /** Kept only when `login.idp_logout` is on. */
  readonly idToken?: string;
}

/** A session that is good at this moment. */
export interface LiveSession {
  readonly session: Session;
  /** Whether its streams may outlive the access token. */
  readonly hasRefreshToken: boolean;
  /**
   * The Set-Cookie values of this session for one response, to be asked for when its head is written: none when the session
   * has ended or rotated on meanwhile (S66). Absent where the browser's cookies are to stay as they are.
   */
  readonly cookies?: () => readonly string[];
}

/** What the cookies of a request amount to. */
export type Resolution =
  /** A session that is good as it stands. */
  | (LiveSession & { readonly kind: "active"; readonly cookies?: never })
  /** Refreshed in this request, or written anew for the idle time-out. */
  | (Required<LiveSession> & { readonly kind: "refreshed" })
  /** No session cookie came. */
  | { readonly kind: "absent" }
  /** Credentials came and are dead: clear them. */
  | { readonly kind: "expired" }
  /** The provider could not be asked: 503, cookies kept. */
  | { readonly kind: "unavailable" };
