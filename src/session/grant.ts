/** From what a provider granted to a session: a new one at login, the same one with new tokens at refresh. */
import type { Runtime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";
import type { Grant } from "../provider/contract.ts";
import type { Session } from "./session.ts";

/** Which tokens a session keeps beside the refresh token. A token that no setting needs is not kept. */
export interface KeptTokens {
  readonly keepAccessToken: boolean;
  readonly keepIdToken: boolean;
}

const idBytes = 16;

export interface NewSessionOptions extends KeptTokens {
  readonly runtime: Runtime;
  /** Milliseconds from now at which it ends at the latest (S64). */
  readonly lifetimeMs: number;
}

/** A session of this provider's, with an id of its own (S45). */
export function newSession(
  provider: string,
  grant: Grant,
  { runtime, lifetimeMs, ...kept }: NewSessionOptions,
): Session {
  const now = runtime.now();
  const endsAt = now + lifetimeMs;
  return {
    id: randomToken(runtime, idBytes),
    provider,
    identity: grant.identity,
    loginAt: now,
    endsAt,
    issuedAt: now,
    expiresAt: Math.min(grant.expiresAt, endsAt),
    ...tokensOf(grant, kept, undefined),
  };
}

/** The same session after a refresh: its id, login and end stay. A token that the provider did not send again is kept. */
export function renewedSession(
  session: Session,
  grant: Grant,
  now: number,
  kept: KeptTokens,
): Session {
  const { id, provider, loginAt, endsAt } = session;
  return {
    id,
    provider,
    identity: grant.identity,
    loginAt,
    endsAt,
    // Always later than the last: the order of rotations is told by it.
    issuedAt: Math.max(now, session.issuedAt + 1),
    expiresAt: Math.min(grant.expiresAt, endsAt),
    ...tokensOf(grant, kept, session),
  };
}

type Tokens = Pick<Session, "accessToken" | "refreshToken" | "idToken">;

function tokensOf(grant: Grant, kept: KeptTokens, old: Session | undefined): Tokens {
  const refreshToken = grant.refreshToken ?? old?.refreshToken;
  const idToken = grant.idToken ?? old?.idToken;
  return {
    ...(kept.keepAccessToken && { accessToken: grant.accessToken }),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(kept.keepIdToken && idToken !== undefined && { idToken }),
  };
}
