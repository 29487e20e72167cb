/**
 * Access tokens that programs present as bearers. Only signed ones made for the configured audience pass: a token for
 * another service, or an id_token, says nothing about who may use this one (S112, S113).
 */
import { identityOf } from "./claims.ts";
import type { Grant } from "./contract.ts";
import { sameIssuer } from "./discovery.ts";
import { asymmetricAlgorithms, InvalidToken, isIdToken, peekClaims, verifyJwt } from "./jwt.ts";
import type { OidcContext } from "./oidc-client.ts";

/** The grant of a bearer, undefined when it is not this issuer's or not good. Fails with ProviderUnavailable. */
export async function verifyBearer(
  context: OidcContext,
  audience: string,
  accessToken: string,
): Promise<Grant | undefined> {
  const { settings, deps, keys } = context;
  const hint = peekClaims(accessToken);
  if (typeof hint?.iss !== "string" || !sameIssuer(hint.iss, settings.issuer)) return undefined;
  const { issuer } = await context.metadata();
  try {
    const rules = { issuer, audience, algorithms: asymmetricAlgorithms };
    const claims = await verifyJwt(accessToken, keys, rules, deps.runtime.now());
    if (isIdToken(claims)) return undefined;
    const expiresAt = Number(claims.exp) * 1000;
    return { identity: identityOf(claims, settings), expiresAt, accessToken };
  } catch (error) {
    if (error instanceof InvalidToken) return undefined;
    throw error;
  }
}
