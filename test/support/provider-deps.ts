/** What providers are given in tests: the real clock and network, unless said otherwise. */
import { createHttpClient } from "../../src/base/http-client.ts";
import { silentLog } from "../../src/base/log.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";
import type { ProviderDeps } from "../../src/provider/deps.ts";
import type { GithubSettings, NousSettings, OidcSettings } from "../../src/provider/settings.ts";

export function providerDeps(over: Partial<ProviderDeps> = {}): ProviderDeps {
  return { runtime: nodeRuntime, fetch: createHttpClient(), log: silentLog, ...over };
}

export function oidcSettings(over: Partial<OidcSettings> = {}): OidcSettings {
  return {
    type: "oidc",
    name: "idp",
    displayName: "Identity provider",
    keepClaims: [],
    issuer: "https://idp.example",
    clientId: "hermes-gate",
    extraAuthorizeParams: {},
    groupsClaim: "groups",
    sessionSeconds: 28_800,
    trustEmail: false,
    tokenEndpointAuth: "auto",
    ...over,
  };
}

export function nousSettings(over: Partial<NousSettings> = {}): NousSettings {
  return {
    type: "nous",
    name: "nous",
    displayName: "Nous Portal",
    keepClaims: [],
    clientId: "agent:instance-7",
    portalUrl: "https://portal.example",
    ...over,
  };
}

export function githubSettings(over: Partial<GithubSettings> = {}): GithubSettings {
  return {
    type: "github",
    name: "github",
    displayName: "GitHub",
    keepClaims: [],
    clientId: "Iv1.example",
    clientSecret: "github-client-secret",
    allowOrgs: [],
    sessionSeconds: 28_800,
    ...over,
  };
}
