/**
 * GitHub: OAuth without OpenID, and with answers of its own: an error comes with status 200, tokens live for ever unless the
 * app lets them expire, and who somebody is must be asked for.
 */
import { randomToken } from "../base/secret.ts";
import { ask, formPost } from "./ask.ts";
import { challengeOf, readCallback } from "./code-flow.ts";
import {
  type CompleteLogin,
  type Grant,
  type Identity,
  InvalidCode,
  type LoginStart,
  type Provider,
  ProviderUnavailable,
  RefreshExpired,
  type RefreshRequest,
  type StartLogin,
} from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { whoIs } from "./github-identity.ts";
import type { GithubSettings } from "./settings.ts";
import { expiryOf, readTokenAnswer, type TokenAnswer, type TokenOutcome } from "./token-answer.ts";

interface Context {
  readonly settings: GithubSettings;
  readonly deps: ProviderDeps;
}

const site = "https://github.com";
/** GitHub's words for a wrong client, where OAuth says `invalid_client`. */
const ourOwnFault = new Set(["incorrect_client_credentials", "redirect_uri_mismatch"]);

/** Asks nothing of the network yet. Fails with SettingsRefused. */
export function createGithubProvider(settings: GithubSettings, deps: ProviderDeps): Provider {
  if (settings.clientId === "") {
    throw new SettingsRefused('"client_id" must not be empty. Set it to that of your GitHub app');
  }
  if (settings.clientSecret === "") {
    throw new SettingsRefused(
      '"client_secret" must not be empty: GitHub wants one of every app. Set client_secret_file',
    );
  }
  const context = { settings, deps };
  return {
    name: settings.name,
    displayName: settings.displayName,
    startLogin: async (request) => startLogin(context, request),
    completeLogin: (request) => completeLogin(context, request),
    refresh: (request) => refresh(context, request),
  };
}

function startLogin({ settings, deps }: Context, { redirectUri, state }: StartLogin): LoginStart {
  const secrets = { state, verifier: randomToken(deps.runtime) };
  const scopes = [
    "read:user",
    "user:email",
    ...(settings.allowOrgs.length > 0 ? ["read:org"] : []),
  ];
  const query = new URLSearchParams({
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    state,
    code_challenge: challengeOf(secrets.verifier),
    code_challenge_method: "S256",
  });
  return { url: `${site}/login/oauth/authorize?${query}`, secrets };
}

async function completeLogin(context: Context, request: CompleteLogin): Promise<Grant> {
  const code = readCallback(request, site);
  const { verifier } = request.secrets;
  if (verifier === undefined) throw new InvalidCode("this login has no PKCE verifier");
  const outcome = await askForTokens(context, {
    grant_type: "authorization_code",
    code,
    redirect_uri: request.redirectUri,
    code_verifier: verifier,
  });
  if (outcome.kind === "refused") {
    throw new InvalidCode(`GitHub refused the code: ${outcome.refusal.error}`);
  }
  const identity = await whoIs(context.settings, context.deps, outcome.answer.accessToken);
  return toGrant(context, outcome.answer, identity);
}

async function refresh(context: Context, request: RefreshRequest): Promise<Grant> {
  const outcome = await askForTokens(context, {
    grant_type: "refresh_token",
    refresh_token: request.refreshToken,
  });
  if (outcome.kind === "refused") {
    const { error } = outcome.refusal;
    if (error === "bad_refresh_token" || error === "invalid_grant") {
      throw new RefreshExpired(`GitHub refused the refresh token: ${error}`);
    }
    throw new ProviderUnavailable(`"${context.settings.name}": GitHub answered ${error}`);
  }
  const identity = await whoIsNow(context, outcome.answer, request.identity);
  if (identity.userId !== request.identity.userId) {
    throw new RefreshExpired("the tokens belong to another account");
  }
  return toGrant(context, outcome.answer, identity);
}

/** The refresh token is spent by now: where GitHub cannot say more, what it said last holds until the next refresh. */
async function whoIsNow(
  { settings, deps }: Context,
  answer: TokenAnswer,
  last: Identity,
): Promise<Identity> {
  try {
    return await whoIs(settings, deps, answer.accessToken);
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error;
    deps.log.warn({ provider: settings.name, err: error }, "GitHub did not say who was refreshed");
    return last;
  }
}

async function askForTokens(
  { settings, deps }: Context,
  form: Readonly<Record<string, string>>,
): Promise<TokenOutcome> {
  const subject = `"${settings.name}": the token endpoint`;
  const { clientId, clientSecret } = settings;
  const init = formPost({ ...form, client_id: clientId, client_secret: clientSecret });
  const answer = await ask(deps.fetch, subject, `${site}/login/oauth/access_token`, init);
  const outcome = readTokenAnswer(subject, answer);
  if (outcome.kind === "refused" && ourOwnFault.has(outcome.refusal.error)) {
    const message = `${subject} answered ${outcome.refusal.error}. Check client_id, client_secret and the callback URL of the app`;
    throw new ProviderUnavailable(message, { misconfigured: true });
  }
  return outcome;
}

function toGrant({ settings, deps }: Context, answer: TokenAnswer, identity: Identity): Grant {
  return {
    identity,
    expiresAt: expiryOf(answer, deps.runtime.now(), settings.sessionSeconds),
    accessToken: answer.accessToken,
    ...(answer.refreshToken !== undefined && { refreshToken: answer.refreshToken }),
  };
}
