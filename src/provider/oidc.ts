/**
 * The `oidc` provider: any OpenID issuer with discovery. Here its settings are judged and its parts put together; each part
 * has a file of its own. A setting that cannot work is refused before anybody signs in with it.
 */
import type { Provider } from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { createDiscovery, requireSafeUrl } from "./discovery.ts";
import { createKeySource } from "./jwks.ts";
import { verifyBearer } from "./oidc-bearer.ts";
import type { OidcContext } from "./oidc-client.ts";
import { completeLogin, reservedParameters, startLogin } from "./oidc-login.ts";
import { endSessionUrl, revoke } from "./oidc-logout.ts";
import { refresh } from "./oidc-refresh.ts";
import type { OidcSettings } from "./settings.ts";

/** Asks nothing of the network yet. Fails with SettingsRefused. */
export function createOidcProvider(settings: OidcSettings, deps: ProviderDeps): Provider {
  judgeSettings(settings);
  const { name, displayName, audience } = settings;
  const metadata = createDiscovery(name, settings.issuer, deps);
  const keys = createKeySource(name, async () => (await metadata()).jwks_uri, deps);
  const context: OidcContext = { settings, deps, metadata, keys };
  return {
    name,
    displayName,
    startLogin: (request) => startLogin(context, request),
    completeLogin: (request) => completeLogin(context, request),
    refresh: (request) => refresh(context, request),
    revoke: (refreshToken) => revoke(context, refreshToken),
    endSessionUrl: (request) => endSessionUrl(context, request),
    ...(audience !== undefined && {
      verify: (accessToken: string) => verifyBearer(context, audience, accessToken),
    }),
  };
}

function judgeSettings(settings: OidcSettings): void {
  requireSafeUrl("issuer", settings.issuer);
  if (settings.clientId === "") {
    throw new SettingsRefused(
      '"client_id" must not be empty. Set it to the id of the client that you registered at the provider',
    );
  }
  if (settings.scopes?.includes("openid") === false) {
    throw new SettingsRefused('"scopes" must hold "openid": without it no id_token comes. Add it');
  }
  if (settings.audience === settings.clientId) {
    throw new SettingsRefused(
      '"audience" must not be the client id: that is the audience of id_tokens, which are no bearers. Name the API that access tokens are issued for',
    );
  }
  const secretMissing = settings.clientSecret === undefined || settings.clientSecret === "";
  if (secretMissing && ["basic", "post"].includes(settings.tokenEndpointAuth)) {
    throw new SettingsRefused(
      `"token_endpoint_auth: ${settings.tokenEndpointAuth}" needs a client secret. Set client_secret_file`,
    );
  }
  for (const parameter of Object.keys(settings.extraAuthorizeParams)) {
    if (reservedParameters.includes(parameter)) {
      throw new SettingsRefused(
        `"extra_authorize_params" must not name "${parameter}": the gate sets it itself. Remove it`,
      );
    }
  }
}
