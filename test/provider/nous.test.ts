/** The `nous` provider against a stand-in for the portal with real keys. */
import { createNousProvider } from "../../src/provider/nous.ts";
import { testProvider } from "../contract/provider.ts";
import { startPortal } from "../support/portal.ts";
import { nousSettings, providerDeps } from "../support/provider-deps.ts";

testProvider("nous", async (t, redirectUri) => {
  const portal = await startPortal();
  t.after(() => portal.stop());
  const settings = nousSettings({ portalUrl: portal.origin });
  return {
    provider: createNousProvider(settings, providerDeps()),
    userIds: ["nous-alice", "nous-bob"],
    accessTokenSeconds: 900,
    signIn: async (url, person) => {
      portal.user = `nous-${person}`;
      const { headers } = await fetch(url, { redirect: "manual" });
      return new URL(headers.get("location") ?? redirectUri);
    },
    tokenCalls: portal.tokenCalls,
    fail: (fault) => {
      portal.fault = fault;
    },
    revokeAll: portal.revokeAll,
    stop: portal.stop,
    start: portal.start,
  };
});
