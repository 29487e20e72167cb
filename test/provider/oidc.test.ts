/** The `oidc` provider against a real OpenID provider. */
import { confidentialClient, publicClient, startIdp } from "../../demo/idp.ts";
import { createOidcProvider } from "../../src/provider/oidc.ts";
import { testProvider } from "../../src/testing/provider-suite.ts";
import { signInAtIdp } from "../support/idp-sign-in.ts";
import { oidcSettings, providerDeps } from "../support/provider-deps.ts";

for (const client of [publicClient, confidentialClient]) {
  const kind = client.clientSecret === undefined ? "oidc, public" : "oidc, confidential";
  testProvider(kind, async (t, redirectUri) => {
    const idp = await startIdp();
    t.after(() => idp.close());
    idp.allowRedirect(redirectUri);
    const settings = oidcSettings({ issuer: idp.issuer, ...client });
    return {
      provider: createOidcProvider(settings, providerDeps()),
      userIds: ["user-alice", "user-bob"],
      accessTokenSeconds: 20,
      signIn: (url, person) => signInAtIdp(url, { user: person }),
      tokenCalls: () => idp.tokenCalls().total,
      fail: idp.failTokenCalls,
      revokeAll: () => idp.revokeGrants(),
      stop: idp.stop,
      start: idp.start,
    };
  });
}
