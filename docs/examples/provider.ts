/**
 * A provider module: sign-in at a service that speaks OAuth 2.0 and says at another address who a token belongs to. In
 * config.yaml:
 *
 *     providers:
 *       - { name: acme, module: ./provider.ts, client_id: dash, service: "https://accounts.acme.example" }
 *
 * Node runs the file as it is from 22.18 on. It imports types alone: what it needs at run time the gate hands over.
 */
import type { Grant, ProviderFactory, TokenOutcome } from "hermes-gate/provider";

const factory: ProviderFactory = (settings, { fetch, log, runtime }, kit) => {
  const { client_id: clientId, service } = settings.options;
  if (typeof clientId !== "string") throw new kit.SettingsRefused('"client_id" must be text');
  if (typeof service !== "string" || !URL.canParse(service)) {
    throw new kit.SettingsRefused('"service" must be the URL of the account service');
  }
  const subject = `"${settings.name}": the token endpoint`;

  /** Never a second time, whatever comes back: the service takes each code and each refresh token once. */
  async function askForTokens(form: Record<string, string>): Promise<TokenOutcome> {
    const init = kit.formPost({ ...form, client_id: clientId as string });
    return kit.readTokenAnswer(subject, await kit.ask(fetch, subject, `${service}/token`, init));
  }

  async function grantOf(outcome: TokenOutcome & { kind: "granted" }): Promise<Grant> {
    const { accessToken, refreshToken } = outcome.answer;
    const headers = { accept: "application/json", authorization: `Bearer ${accessToken}` };
    const { status, json } = await kit.ask(fetch, `"${settings.name}": /me`, `${service}/me`, {
      headers,
    });
    if (status !== 200 || typeof json?.["id"] !== "string") {
      throw new kit.ProviderUnavailable(`"${settings.name}": /me answered ${status}`);
    }
    const { id, name, email } = json;
    return {
      identity: {
        userId: id as string,
        ...(typeof name === "string" && { displayName: name }),
        ...(typeof email === "string" && { email }),
        // Only because this service verifies every address before it shows one.
        emailVerified: typeof email === "string",
        groups: [],
      },
      expiresAt: kit.expiryOf(outcome.answer, runtime.now(), 3600),
      accessToken,
      ...(refreshToken !== undefined && { refreshToken }),
    };
  }

  return {
    name: settings.name,
    displayName: settings.displayName,

    async startLogin({ redirectUri, state }) {
      const verifier = kit.randomToken(runtime);
      const query = new URLSearchParams({
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: kit.challengeOf(verifier),
        code_challenge_method: "S256",
      });
      return { url: `${service}/authorize?${query}`, secrets: { state, verifier } };
    },

    async completeLogin(request) {
      const code = kit.readCallback(request, service);
      const { verifier = "" } = request.secrets;
      const outcome = await askForTokens({
        grant_type: "authorization_code",
        code,
        redirect_uri: request.redirectUri,
        code_verifier: verifier,
      });
      if (outcome.kind === "refused") throw new kit.InvalidCode("the service refused the code");
      return grantOf(outcome);
    },

    async refresh({ refreshToken, identity }) {
      const outcome = await askForTokens({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
      });
      if (outcome.kind === "refused") throw new kit.RefreshExpired("the refresh token is dead");
      const grant = await grantOf(outcome);
      if (grant.identity.userId === identity.userId) return grant;
      log.warn({ provider: settings.name }, "a refresh brought the tokens of another person");
      throw new kit.RefreshExpired("the tokens belong to another person");
    },
  };
};

export default factory;
