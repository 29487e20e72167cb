/** A provider module that signs everybody in at once: a gate that is a process of its own needs somebody to let in. */
import type { ProviderFactory } from "hermes-gate/provider";

const day = 24 * 3_600_000;

const factory: ProviderFactory = ({ name, displayName }, { runtime }, kit) => ({
  name,
  displayName,
  async startLogin({ redirectUri, state }) {
    const url = `${redirectUri}?${new URLSearchParams({ code: "good", state })}`;
    return { url, secrets: { state, verifier: kit.randomToken(runtime) } };
  },
  async completeLogin() {
    const identity = { userId: "ada", emailVerified: false, groups: [] };
    return { identity, expiresAt: runtime.now() + day, accessToken: "an access token" };
  },
  async refresh() {
    throw new kit.RefreshExpired("there is nothing to refresh");
  },
});

export default factory;
