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

/** What the cookies of a request amount to. */
export type Resolution =
  /** A session that is good as it stands. `hasRefreshToken` says whether its streams may outlive the access token. */
  | { readonly kind: "active"; readonly session: Session; readonly hasRefreshToken: boolean }
  /** Refreshed in this request. `cookies` gives the Set-Cookie values at the time of the response head: none when the session ended or rotated on meanwhile (S66). */
  | {
      readonly kind: "refreshed";
      readonly session: Session;
      /** As above: cookies are also written anew for the idle time-out, without a refresh token too. */
      readonly hasRefreshToken: boolean;
      readonly cookies: () => readonly string[];
    }
  /** No session cookie came. */
  | { readonly kind: "absent" }
  /** Credentials came and are dead: clear them. */
  | { readonly kind: "expired" }
  /** The provider could not be asked: 503, cookies kept. */
  | { readonly kind: "unavailable" };
