/**
 * The Nous Portal: OAuth without OpenID. Who a person is stands in the access token, a JWT that is verified at every login
 * and refresh; the refresh token also travels in a header of its own, and any 400 means that it is dead.
 */
import { randomToken } from "../base/secret.ts";
import { ask, formPost } from "./ask.ts";
import { challengeOf, readCallback } from "./code-flow.ts";
import {
  type CompleteLogin,
  type Grant,
  InvalidCode,
  type LoginStart,
  type Provider,
  ProviderUnavailable,
  RefreshExpired,
  type RefreshRequest,
  type StartLogin,
} from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { requireSafeUrl } from "./discovery.ts";
import { createKeySource } from "./jwks.ts";
import { asInvalidCode, InvalidToken } from "./jwt.ts";
import { identityIn, type NousContext, verifyAccessToken, verifyBearer } from "./nous-token.ts";
import { type NousSettings, nousClientId } from "./settings.ts";
import { expiryOf, readTokenAnswer, type TokenAnswer, type TokenOutcome } from "./token-answer.ts";

const scope = "agent_dashboard:access";
/** Its access tokens always say when they end; used only if one day they do not. */
const defaultSeconds = 900;

/** Asks nothing of the network yet. Fails with SettingsRefused. */
export function createNousProvider(settings: NousSettings, deps: ProviderDeps): Provider {
  const instance = nousClientId.exec(settings.clientId)?.[1];
  if (instance === undefined) {
    throw new SettingsRefused(
      `"client_id" must have the form "agent:<instance>", got "${settings.clientId}". Copy it from the portal`,
    );
  }
  const portal = requireSafeUrl("portal_url", settings.portalUrl);
  const keys = createKeySource(settings.name, async () => `${portal}/.well-known/jwks.json`, deps);
  const context: NousContext = { settings, deps, portal, keys, instance };
  return {
    name: settings.name,
    displayName: settings.displayName,
    startLogin: async (request) => startLogin(context, request),
    completeLogin: (request) => completeLogin(context, request),
    refresh: (request) => refresh(context, request),
    verify: (accessToken) => verifyBearer(context, accessToken),
  };
}

function startLogin(
  { settings, deps, portal }: NousContext,
  { redirectUri, state }: StartLogin,
): LoginStart {
  const secrets = { state, verifier: randomToken(deps.runtime) };
  const query = new URLSearchParams({
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: challengeOf(secrets.verifier),
    code_challenge_method: "S256",
  });
  return { url: `${portal}/oauth/authorize?${query}`, secrets };
}

async function completeLogin(context: NousContext, request: CompleteLogin): Promise<Grant> {
  const code = readCallback(request, context.portal);
  const { verifier } = request.secrets;
  if (verifier === undefined) throw new InvalidCode("this login has no PKCE verifier");
  await context.keys.ready();
  const outcome = await askForTokens(context, {
    grant_type: "authorization_code",
    code,
    redirect_uri: request.redirectUri,
    client_id: context.settings.clientId,
    code_verifier: verifier,
  });
  if (outcome.kind === "refused") throw new InvalidCode("the portal refused the code");
  try {
    return await toGrant(context, outcome.answer);
  } catch (error) {
    if (error instanceof InvalidToken) throw asInvalidCode(error);
    throw error;
  }
}

async function refresh(
  context: NousContext,
  { refreshToken, identity }: RefreshRequest,
): Promise<Grant> {
  await context.keys.ready();
  const form = {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: context.settings.clientId,
  };
  const outcome = await askForTokens(context, form, { "x-nous-refresh-token": refreshToken });
  if (outcome.kind === "refused") throw new RefreshExpired("the portal refused the refresh token");
  const grant = await toGrant(context, outcome.answer).catch((error: unknown) => {
    if (!(error instanceof InvalidToken)) throw error;
    const message = `"${context.settings.name}": the refreshed access token is not good`;
    throw new ProviderUnavailable(message, { cause: error });
  });
  if (grant.identity.userId !== identity.userId) {
    throw new RefreshExpired("the tokens belong to another subject");
  }
  return grant;
}

async function askForTokens(
  { settings, deps, portal }: NousContext,
  form: Readonly<Record<string, string>>,
  headers?: Record<string, string>,
): Promise<TokenOutcome> {
  const subject = `"${settings.name}": the token endpoint`;
  const init = formPost(form, headers);
  const answer = await ask(deps.fetch, subject, `${portal}/api/oauth/token`, init);
  // Here every 400 is about the token that was sent, whatever its error says.
  if (answer.status === 400 && form.grant_type === "refresh_token") {
    return { kind: "refused", refusal: { error: "", status: 400 } };
  }
  return readTokenAnswer(subject, answer);
}

async function toGrant(context: NousContext, answer: TokenAnswer): Promise<Grant> {
  const { accessToken, refreshToken } = answer;
  const claims = await verifyAccessToken(context, accessToken);
  return {
    identity: identityIn(context, claims),
    expiresAt: expiryOf(answer, context.deps.runtime.now(), defaultSeconds),
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
  };
}
