/**
 * Who a person is according to an OpenID issuer: the id_token, judged at refresh exactly as at login (S39, S63, S110, S111),
 * and the userinfo endpoint where the id_token leaves the address out.
 */
import { hashFields, secretsEqual } from "../base/secret.ts";
import { askForObject, type JsonObject } from "./ask.ts";
import { identityOf } from "./claims.ts";
import { type Identity, ProviderUnavailable } from "./contract.ts";
import { asymmetricAlgorithms, InvalidToken, verifyJwt } from "./jwt.ts";
import type { Issuer } from "./oidc-client.ts";
import { issuerFor } from "./tenant.ts";

/** Verifies an id_token. Fails with InvalidToken or ProviderUnavailable. */
export async function verifyIdToken(issuer: Issuer, idToken: string): Promise<JsonObject> {
  const { settings, deps, keys, metadata } = issuer;
  if (idToken.split(".").length === 5) {
    const mend = "Turn id_token encryption off for this client at the provider";
    throw unusable(settings.name, "its id_tokens are encrypted (JWE)", mend);
  }
  const rules = {
    issuer: issuerFor(metadata.issuer, idToken),
    audience: settings.clientId,
    authorizedParty: settings.clientId,
    algorithms: idTokenAlgorithms(issuer),
  };
  return verifyJwt(idToken, keys, rules, deps.runtime.now());
}

/** Requires the login's own nonce (S39). Fails with InvalidToken. */
export function requireNonce(claims: JsonObject, nonce: string): void {
  const { nonce: found } = claims;
  if (typeof found !== "string" || !secretsEqual(found, nonce)) {
    throw new InvalidToken("the id_token does not carry the nonce of this login");
  }
}

/** At a refresh a nonce may be missing, but not be another login's (OpenID Connect Core 12.2). Fails with InvalidToken. */
export function allowNonce(claims: JsonObject, nonceHash: string | undefined): void {
  if (claims.nonce === undefined || nonceHash === undefined) return;
  const { nonce } = claims;
  if (typeof nonce !== "string" || !secretsEqual(hashNonce(nonce), nonceHash)) {
    throw new InvalidToken("the id_token carries the nonce of another login");
  }
}

export function hashNonce(nonce: string): string {
  return hashFields("nonce", nonce).slice(0, 22);
}

/**
 * The identity in the claims, completed from the userinfo endpoint where they name no address although it was asked for.
 * `fallback` serves where that endpoint fails: a refresh token that was just spent must not be lost for it.
 */
export async function identify(
  issuer: Issuer,
  claims: JsonObject,
  accessToken: string,
  fallback?: Identity,
): Promise<Identity> {
  const { settings } = issuer;
  const { userinfo_endpoint: endpoint } = issuer.metadata;
  const wantsEmail = (settings.scopes ?? ["email"]).includes("email");
  if (claims.email !== undefined || !wantsEmail || endpoint === undefined) {
    return identityOf(claims, settings);
  }
  try {
    const info = await userinfo(issuer, endpoint, claims, accessToken);
    return identityOf({ ...claims, ...info }, settings);
  } catch (error) {
    if (fallback === undefined || !(error instanceof ProviderUnavailable)) throw error;
    return fallback;
  }
}

async function userinfo(
  { settings, deps }: Issuer,
  url: string,
  claims: JsonObject,
  accessToken: string,
): Promise<JsonObject> {
  const subject = `"${settings.name}": the userinfo endpoint`;
  const info = await askForObject(deps.fetch, subject, url, {
    authorization: `Bearer ${accessToken}`,
  });
  if (info.sub !== claims.sub) throw new InvalidToken("userinfo speaks of another subject");
  return info;
}

function idTokenAlgorithms({ settings, metadata }: Issuer): readonly string[] {
  const advertised = metadata.id_token_signing_alg_values_supported;
  if (!Array.isArray(advertised)) return ["RS256"];
  const usable = asymmetricAlgorithms.filter((algorithm) => advertised.includes(algorithm));
  if (usable.length > 0) return usable;
  const mend = "Give this client a signing key (RS256 or ES256) at the provider";
  throw unusable(settings.name, `it signs id_tokens with ${advertised.join(", ")} only`, mend);
}

function unusable(provider: string, found: string, mend: string): ProviderUnavailable {
  return new ProviderUnavailable(`"${provider}": ${found}. ${mend}.`, { misconfigured: true });
}
