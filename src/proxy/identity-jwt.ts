/**
 * `X-Hermes-Identity`: who is asking, as a JWT that the gate has signed (contract 7), for a dashboard that would rather verify than
 * trust the network between the two. It says no more than the identity headers can, and names neither session nor token: whoever
 * reads it learns who was there and can do nothing with it at the gate. Signed at once, without a promise, and again only when it
 * has aged, so that a request in between pays a look-up.
 */
import { sign as signBytes } from "node:crypto";
import type { Runtime } from "../base/runtime.ts";
import type { PlanIdentity, SignIdentity } from "./contract.ts";
import { type IdentityKey, type JwkSet, jwkSetOf } from "./identity-key.ts";

export interface IdentityJwt {
  /** The token for who asks at this base. */
  readonly sign: SignIdentity;
  readonly jwks: JwkSet;
}

export interface IdentityJwtOptions {
  /** The first signs. */
  readonly keys: readonly [IdentityKey, ...IdentityKey[]];
  /** `aud`: the dashboard that the token is for. */
  readonly audience: string;
  readonly runtime: Runtime;
}

/** Seconds that a token is good for, and after which the next request gets a new one: no token is sent with less than half left. */
const lifeSeconds = 300;
const renewAfterMs = (lifeSeconds / 2) * 1000;

interface Signed {
  readonly provider: string;
  readonly issuer: string;
  readonly renewAt: number;
  readonly token: string;
}

export function createIdentityJwt({ keys, audience, runtime }: IdentityJwtOptions): IdentityJwt {
  const [key] = keys;
  const header = encode({ alg: "ES256", kid: key.id, typ: "JWT" });
  // Sessions hand out the same identity object for as long as they are held.
  const known = new WeakMap<object, Signed>();

  const sign: SignIdentity = (owner, { origin, prefix }) => {
    const now = runtime.now();
    const { identity, provider } = owner;
    const issuer = origin + prefix;
    const found = known.get(identity);
    const fits = found?.provider === provider && found.issuer === issuer;
    if (found !== undefined && fits && now < found.renewAt) return found.token;
    const iat = Math.floor(now / 1000);
    const body = { iss: issuer, aud: audience, iat, exp: iat + lifeSeconds, ...claimsOf(owner) };
    const signed = `${header}.${encode(body)}`;
    const signature = signBytes("sha256", Buffer.from(signed), {
      key: key.privateKey,
      // r and s side by side, as RFC 7518, 3.4 has them.
      dsaEncoding: "ieee-p1363",
    });
    const token = `${signed}.${signature.toString("base64url")}`;
    known.set(identity, { provider, issuer, renewAt: now + renewAfterMs, token });
    return token;
  };

  return { sign, jwks: jwkSetOf(keys) };
}

/** The claims under their names of OpenID Connect; an absent one is left out. An address that is not verified is nobody's (S114). */
function claimsOf({ identity, provider }: PlanIdentity): Readonly<Record<string, unknown>> {
  const { userId, email, emailVerified, username, displayName, orgId, groups } = identity;
  return {
    sub: userId,
    provider,
    ...(emailVerified && email !== undefined && { email, email_verified: true }),
    ...(username !== undefined && { preferred_username: username }),
    ...(displayName !== undefined && { name: displayName }),
    ...(orgId !== undefined && { org_id: orgId }),
    groups,
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
