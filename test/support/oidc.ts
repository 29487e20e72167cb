/** An `oidc` provider against a scripted issuer, and a person who is always back at once with a code. */
import { createOidcProvider } from "../../src/provider/oidc.ts";
import type { OidcSettings } from "../../src/provider/settings.ts";
import { createIssuer } from "./issuer.ts";
import { oidcSettings, providerDeps } from "./provider-deps.ts";

export const redirectUri = "https://dash.example/auth/callback";

export async function setUpOidc(over: Partial<OidcSettings> = {}) {
  const issuer = await createIssuer();
  const deps = providerDeps({ fetch: issuer.fetch, runtime: issuer.runtime });
  const settings = oidcSettings({ issuer: issuer.url, clientId: issuer.clientId, ...over });
  const provider = createOidcProvider(settings, deps);
  /** The query of the authorization URL. */
  const authorize = async () => {
    const { url } = await provider.startLogin({ redirectUri, state: "the-state" });
    return new URL(url).searchParams;
  };
  const complete = (params: Record<string, string> = {}) =>
    provider.completeLogin({
      params: new URLSearchParams({ code: "the-code", state: "the-state", ...params }),
      secrets: { state: "the-state", verifier: "v".repeat(43), nonce: "the-nonce" },
      redirectUri,
    });
  return { issuer, provider, authorize, complete };
}
