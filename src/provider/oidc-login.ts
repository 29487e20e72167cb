/**
 * The authorization code flow with PKCE at an OpenID issuer: where the browser is sent, and what its return is worth. Local
 * and cheap checks first; the keys are made sure of before the code is spent (S36 to S42).
 */
import * as oauth from "oauth4webapi";
import { randomToken } from "../base/secret.ts";
import { readAnswer } from "./ask.ts";
import { challengeOf } from "./code-flow.ts";
import {
  type CompleteLogin,
  type Grant,
  InvalidCode,
  LoginRefused,
  type LoginStart,
  type StartLogin,
} from "./contract.ts";
import { asInvalidCode, InvalidToken } from "./jwt.ts";
import {
  clientAuth,
  clientOf,
  type Issuer,
  issuerIn,
  type OidcContext,
  requestOptions,
} from "./oidc-client.ts";
import { hashNonce, identify, requireNonce, verifyIdToken } from "./oidc-identity.ts";
import { expiryOf, readTokenAnswer, type TokenAnswer } from "./token-answer.ts";

/** Parameters that the protocol sets, and those that would change how the answer comes: no setting may name them. */
export const reservedParameters: readonly string[] = [
  ...["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce"],
  ...["code_challenge", "code_challenge_method", "request", "request_uri"],
];

/** Fails with ProviderUnavailable. */
export async function startLogin(
  context: OidcContext,
  { redirectUri, state }: StartLogin,
): Promise<LoginStart> {
  const issuer = await issuerIn(context);
  const { settings, deps, metadata } = issuer;
  const secrets = {
    state,
    verifier: randomToken(deps.runtime),
    nonce: randomToken(deps.runtime),
  };
  const url = new URL(metadata.authorization_endpoint);
  const parameters = {
    ...settings.extraAuthorizeParams,
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    scope: scopesFor(issuer).join(" "),
    state,
    nonce: secrets.nonce,
    code_challenge: challengeOf(secrets.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, secrets };
}

/** Fails with InvalidCode, LoginRefused or ProviderUnavailable. */
export async function completeLogin(context: OidcContext, request: CompleteLogin): Promise<Grant> {
  const { secrets } = request;
  const { verifier, nonce } = secrets;
  if (verifier === undefined || nonce === undefined) {
    throw new InvalidCode("this login was started by a provider of another kind");
  }
  const issuer = await issuerIn(context);
  const callback = judgeCallback(issuer, request);
  await issuer.keys.ready();
  const answer = await redeem(issuer, callback, request.redirectUri, verifier);
  try {
    return await toGrant(issuer, answer, nonce);
  } catch (error) {
    if (error instanceof InvalidToken) throw asInvalidCode(error);
    throw error;
  }
}

function scopesFor({ settings, metadata }: Issuer): readonly string[] {
  const { scopes, issuer } = settings;
  if (scopes !== undefined) return scopes;
  // Keycloak gives refresh tokens without it, and with it makes an offline session that outlives the logout.
  const offline =
    metadata.scopes_supported?.includes("offline_access") === true && !issuer.includes("/realms/");
  return ["openid", "profile", "email", ...(offline ? ["offline_access"] : [])];
}

/** State, `iss` (RFC 9207) and `error` of the callback. */
function judgeCallback(
  { settings, metadata }: Issuer,
  { params, secrets }: CompleteLogin,
): URLSearchParams {
  try {
    const client = clientOf(settings);
    const judged = oauth.validateAuthResponse(metadata, client, params, secrets.state);
    const [code, ...more] = judged.getAll("code");
    if (!code || more.length > 0) throw new InvalidCode("the callback carries no single code");
    return judged;
  } catch (error) {
    if (error instanceof InvalidCode) throw error;
    if (error instanceof oauth.AuthorizationResponseError) {
      throw new LoginRefused(error.error, error.error_description);
    }
    // Without the cause: it holds the callback's parameters, and errors end up in logs (S101).
    const reason = error instanceof Error ? error.message : "it cannot be read";
    throw new InvalidCode(`the callback does not hold to the protocol: ${reason}`);
  }
}

async function redeem(
  issuer: Issuer,
  callback: URLSearchParams,
  redirectUri: string,
  verifier: string,
): Promise<TokenAnswer> {
  const { settings, deps, metadata } = issuer;
  const subject = `"${settings.name}": the token endpoint`;
  const call = oauth.authorizationCodeGrantRequest(
    metadata,
    clientOf(settings),
    clientAuth(issuer),
    callback,
    redirectUri,
    verifier,
    requestOptions(deps),
  );
  const outcome = readTokenAnswer(subject, await readAnswer(subject, call));
  if (outcome.kind === "granted") return outcome.answer;
  throw new InvalidCode(`${subject} answered ${outcome.refusal.status} ${outcome.refusal.error}`);
}

async function toGrant(issuer: Issuer, answer: TokenAnswer, nonce: string): Promise<Grant> {
  const { settings, deps } = issuer;
  const { accessToken, refreshToken, idToken } = answer;
  if (idToken === undefined)
    throw new InvalidToken("no id_token came although openid was asked for");
  const claims = await verifyIdToken(issuer, idToken);
  requireNonce(claims, nonce);
  const identity = await identify(issuer, claims, accessToken);
  return {
    identity: { ...identity, nonceHash: hashNonce(nonce) },
    expiresAt: expiryOf(answer, deps.runtime.now(), settings.sessionSeconds),
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    idToken,
  };
}
