/** The `nous` provider against a stand-in for the portal with real keys. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  InvalidCode,
  type Provider,
  ProviderUnavailable,
  RefreshExpired,
} from "../../src/provider/contract.ts";
import { createNousProvider } from "../../src/provider/nous.ts";
import { testProvider } from "../../src/testing/provider-suite.ts";
import { type Portal, startPortal } from "../support/portal.ts";
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

const redirectUri = "http://127.0.0.1:9/auth/callback";

async function setUp(t: TestContext): Promise<{ portal: Portal; provider: Provider }> {
  const portal = await startPortal();
  t.after(() => portal.stop());
  const settings = nousSettings({ portalUrl: `${portal.origin}/` });
  return { portal, provider: createNousProvider(settings, providerDeps()) };
}

async function signIn(provider: Provider) {
  const { url, secrets } = await provider.startLogin({ redirectUri, state: "the-state" });
  const { headers } = await fetch(url, { redirect: "manual" });
  const { searchParams: params } = new URL(headers.get("location") ?? "");
  return provider.completeLogin({ params, secrets, redirectUri });
}

test("asks the portal for its one scope, as a public client with PKCE", async (t) => {
  const { portal, provider } = await setUp(t);
  const { url, secrets } = await provider.startLogin({ redirectUri, state: "the-state" });
  const { origin, pathname, searchParams } = new URL(url);
  assert.equal(origin + pathname, `${portal.origin}/oauth/authorize`);
  assert.deepEqual([...searchParams.keys()].sort(), [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
  ]);
  assert.equal(searchParams.get("scope"), "agent_dashboard:access");
  assert.equal(searchParams.get("client_id"), "agent:instance-7");
  assert.deepEqual(Object.keys(secrets), ["state", "verifier"]);
});

test("takes person and organisation from the access token", async (t) => {
  const { provider } = await setUp(t);
  const grant = await signIn(provider);
  assert.deepEqual(grant.identity, {
    userId: "nous-alice",
    emailVerified: false,
    orgId: "org-1",
    groups: [],
  });
});

test("a login may bring no refresh token, and no expires_in", async (t) => {
  const { portal, provider } = await setUp(t);
  portal.answer = { refresh_token: undefined, expires_in: undefined };
  const before = Date.now();
  const grant = await signIn(provider);
  assert.equal(grant.refreshToken, undefined);
  assert.ok(grant.expiresAt >= before + 899_000 && grant.expiresAt <= Date.now() + 900_000);
});

const wrongTokens: readonly { name: string; claims: Record<string, unknown> }[] = [
  { name: "another issuer's", claims: { iss: "https://portal.example" } },
  { name: "another agent's", claims: { aud: "agent:instance-8" } },
  { name: "for another instance", claims: { agent_instance_id: "instance-8" } },
  { name: "of a later contract", claims: { oauth_contract_version: 2 } },
  { name: "of a contract in words", claims: { oauth_contract_version: "1" } },
  { name: "without expiry", claims: { exp: undefined } },
  { name: "without issue date", claims: { iat: undefined } },
  { name: "without subject", claims: { sub: undefined } },
  { name: "expired", claims: { exp: 1_700_000_000 } },
];
for (const { name, claims } of wrongTokens) {
  test(`a token ${name} is no login, no refresh and no bearer`, async (t) => {
    const { portal, provider } = await setUp(t);
    const { identity, refreshToken = "" } = await signIn(provider);
    portal.claims = claims;
    await assert.rejects(signIn(provider), InvalidCode);
    await assert.rejects(provider.refresh({ identity, refreshToken }), ProviderUnavailable);
    assert.equal(await provider.verify?.(await portal.sign()), undefined);
  });
}

test("a token that names neither organisation, instance nor contract is good", async (t) => {
  const { portal, provider } = await setUp(t);
  portal.claims = {
    org_id: undefined,
    agent_instance_id: undefined,
    oauth_contract_version: undefined,
  };
  const { identity } = await signIn(provider);
  assert.deepEqual(identity, { userId: "nous-alice", emailVerified: false, groups: [] });
});

const deadAnswers = [{ error: "invalid_grant" }, { error: "invalid_client" }, {}, "gone"];
for (const body of deadAnswers) {
  test(`S60: a 400 with ${JSON.stringify(body)} is a dead refresh token`, async (t) => {
    const { portal, provider } = await setUp(t);
    const { identity, refreshToken = "" } = await signIn(provider);
    portal.fault = { status: 400, body };
    await assert.rejects(provider.refresh({ identity, refreshToken }), RefreshExpired);
  });
}

test("S61: does not spend the refresh token while the keys cannot be had", async (t) => {
  const { portal, provider } = await setUp(t);
  const { identity, refreshToken = "" } = await signIn(provider);
  const spent = portal.tokenCalls();
  const settings = nousSettings({ portalUrl: portal.origin });
  const fetchWithoutKeys = () => Promise.reject(new Error("down"));
  const restarted = createNousProvider(settings, providerDeps({ fetch: fetchWithoutKeys }));
  await assert.rejects(restarted.refresh({ identity, refreshToken }), ProviderUnavailable);
  assert.equal(portal.tokenCalls(), spent);
});

test("admits the portal's access tokens as bearers", async (t) => {
  const { portal, provider } = await setUp(t);
  const token = await portal.sign({ org_id: "org-2" });
  const grant = await provider.verify?.(token);
  assert.equal(grant?.identity.userId, "nous-alice");
  assert.equal(grant?.identity.orgId, "org-2");
  assert.equal(grant?.accessToken, token);
});

test("S112: admits no token with the mark of an id_token, and nothing opaque", async (t) => {
  const { portal, provider } = await setUp(t);
  for (const mark of ["nonce", "at_hash", "c_hash"]) {
    assert.equal(await provider.verify?.(await portal.sign({ [mark]: "x" })), undefined);
  }
  assert.equal(await provider.verify?.("opaque"), undefined);
});

test("S113: asks nobody about another issuer's bearer, and calls missing keys an outage", async (t) => {
  const { portal, provider } = await setUp(t);
  const token = await portal.sign();
  assert.equal(await provider.verify?.(await portal.sign({ iss: "https://x.example" })), undefined);
  assert.equal(portal.keyFetches(), 0);
  await portal.stop();
  await assert.rejects(provider.verify?.(token) ?? Promise.resolve(), ProviderUnavailable);
});

test("has no way to revoke, and no logout of its own", async (t) => {
  const { provider } = await setUp(t);
  assert.equal(provider.revoke, undefined);
  assert.equal(provider.endSessionUrl, undefined);
});
