/**
 * Refreshing at an OpenID issuer. A refresh token can be spent once, so everything that can fail without it is made sure of
 * first, and only `invalid_grant` or another subject ends the session (S60, S63).
 */
import * as oauth from "oauth4webapi";
import { readAnswer } from "./ask.ts";
import {
  type Grant,
  type Identity,
  ProviderUnavailable,
  RefreshExpired,
  type RefreshRequest,
} from "./contract.ts";
import { InvalidToken } from "./jwt.ts";
import {
  clientAuth,
  clientOf,
  type Issuer,
  issuerIn,
  type OidcContext,
  requestOptions,
} from "./oidc-client.ts";
import { allowNonce, identify, verifyIdToken } from "./oidc-identity.ts";
import { expiryOf, readTokenAnswer, type TokenAnswer } from "./token-answer.ts";

/** Fails with RefreshExpired or ProviderUnavailable. */
export async function refresh(context: OidcContext, request: RefreshRequest): Promise<Grant> {
  const issuer = await issuerIn(context);
  const { settings, deps, keys } = issuer;
  await keys.ready();
  const answer = await redeem(issuer, request.refreshToken);
  const identity = await newIdentity(issuer, answer, request.identity);
  const { accessToken, refreshToken, idToken } = answer;
  return {
    identity,
    expiresAt: expiryOf(answer, deps.runtime.now(), settings.sessionSeconds),
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
  };
}

async function redeem(issuer: Issuer, refreshToken: string): Promise<TokenAnswer> {
  const { settings, deps, metadata } = issuer;
  const subject = `"${settings.name}": the token endpoint`;
  const call = oauth.refreshTokenGrantRequest(
    metadata,
    clientOf(settings),
    clientAuth(issuer),
    refreshToken,
    requestOptions(deps),
  );
  const outcome = readTokenAnswer(subject, await readAnswer(subject, call));
  if (outcome.kind === "granted") return outcome.answer;
  const { error, status } = outcome.refusal;
  if (error === "invalid_grant") throw new RefreshExpired(`${subject} answered invalid_grant`);
  throw new ProviderUnavailable(`${subject} answered ${status} ${error}`.trimEnd());
}

/** The identity in the new id_token; the old one where none came. */
async function newIdentity(
  issuer: Issuer,
  { idToken, accessToken }: TokenAnswer,
  old: Identity,
): Promise<Identity> {
  if (idToken === undefined) return old;
  try {
    const claims = await verifyIdToken(issuer, idToken);
    if (claims.sub !== old.userId) throw new RefreshExpired("the tokens belong to another subject");
    allowNonce(claims, old.nonceHash);
    const identity = await identify(issuer, claims, accessToken, old);
    return { ...identity, ...(old.nonceHash !== undefined && { nonceHash: old.nonceHash }) };
  } catch (error) {
    if (!(error instanceof InvalidToken)) throw error;
    const message = `"${issuer.settings.name}": the refreshed id_token is not good`;
    throw new ProviderUnavailable(message, { cause: error });
  }
}
