/** Refreshing at an OpenID issuer: what comes with the new tokens, and what may not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable, RefreshExpired } from "../../src/provider/contract.ts";
import { setUpOidc } from "../support/oidc.ts";

async function signedIn() {
  const parts = await setUpOidc();
  const { issuer, provider, complete } = parts;
  issuer.tokens = {
    access_token: "at-1",
    refresh_token: "rt-1",
    id_token: await issuer.sign({ email: "a@example.com", groups: ["staff", "admins"] }),
  };
  const { identity } = await complete();
  const refresh = () => provider.refresh({ refreshToken: "rt-1", identity });
  return { ...parts, identity, refresh };
}

test("keeps the person and gives no refresh token where the answer brings neither", async () => {
  const { issuer, identity, refresh } = await signedIn();
  issuer.tokens = { access_token: "at-2", expires_in: 60 };
  const grant = await refresh();
  assert.deepEqual(grant, {
    identity,
    expiresAt: issuer.runtime.now() + 60_000,
    accessToken: "at-2",
  });
});

test("S73: takes the claims of a new id_token in place of the old", async () => {
  const { issuer, identity, refresh } = await signedIn();
  const idToken = await issuer.sign({
    email: "new@example.com",
    groups: ["staff"],
    nonce: undefined,
  });
  issuer.tokens = { access_token: "at-2", refresh_token: "rt-2", id_token: idToken };
  const grant = await refresh();
  assert.equal(grant.identity.email, "new@example.com");
  assert.deepEqual(grant.identity.groups, ["staff"]);
  assert.equal(grant.identity.nonceHash, identity.nonceHash);
  assert.equal(grant.refreshToken, "rt-2");
  assert.equal(grant.idToken, idToken);
});

test("S63: admits the login's own nonce and refuses another's", async () => {
  const { issuer, refresh } = await signedIn();
  issuer.tokens = { access_token: "at-2", id_token: await issuer.sign({ nonce: "the-nonce" }) };
  await refresh();
  issuer.tokens = { access_token: "at-2", id_token: await issuer.sign({ nonce: "foreign" }) };
  await assert.rejects(refresh(), ProviderUnavailable);
});

test("S63: another subject ends the session", async () => {
  const { issuer, refresh } = await signedIn();
  issuer.tokens = { access_token: "at-2", id_token: await issuer.sign({ sub: "user-2" }) };
  await assert.rejects(refresh(), RefreshExpired);
});

test("S63: an id_token that does not verify is no new session, and no end of the old", async () => {
  const { issuer, refresh } = await signedIn();
  for (const claims of [{ iss: "https://evil.example" }, { aud: "other" }, { exp: 1 }]) {
    issuer.tokens = { access_token: "at-2", id_token: await issuer.sign(claims) };
    await assert.rejects(refresh(), ProviderUnavailable);
  }
});

const refusals = [
  { status: 400, body: { error: "invalid_grant" }, dead: true },
  { status: 403, body: { error: "invalid_grant" }, dead: true },
  { status: 401, body: { error: "invalid_grant" }, dead: true },
  { status: 400, body: { error: "invalid_request" }, dead: false },
  { status: 400, body: { error: "unsupported_grant_type" }, dead: false },
  { status: 400, body: {}, dead: false },
  { status: 400, body: "<html>", dead: false },
] as const;
for (const { status, body, dead } of refusals) {
  test(`S60: ${status} ${JSON.stringify(body)} ${dead ? "ends" : "keeps"} the session`, async () => {
    const { issuer, refresh } = await signedIn();
    issuer.tokenStatus = status;
    issuer.tokens = body;
    await assert.rejects(refresh(), dead ? RefreshExpired : ProviderUnavailable);
  });
}

for (const error of ["invalid_client", "unauthorized_client", "invalid_scope"]) {
  test(`S60: ${error} blames the settings and keeps the session`, async () => {
    const { issuer, refresh } = await signedIn();
    issuer.tokenStatus = 400;
    issuer.tokens = { error };
    await assert.rejects(
      refresh(),
      (thrown) => thrown instanceof ProviderUnavailable && thrown.misconfigured,
    );
  });
}

test("S61: does not spend the refresh token while keys or metadata cannot be had", async () => {
  const { identity } = await signedIn();
  const { issuer, provider } = await setUpOidc();
  for (const path of ["/.well-known/openid-configuration", "/jwks"]) {
    issuer.down.add(path);
    const call = provider.refresh({ refreshToken: "rt-1", identity });
    await assert.rejects(call, ProviderUnavailable);
    issuer.down.clear();
    issuer.advance(2);
  }
  assert.equal(issuer.count("/token"), 0);
});

test("keeps the person where the userinfo endpoint fails after the token was spent", async () => {
  const { issuer, identity, refresh } = await signedIn();
  issuer.metadata.userinfo_endpoint = `${issuer.url}/userinfo`;
  issuer.advance(3600);
  await refresh().catch(() => {});
  issuer.userinfoStatus = 500;
  issuer.tokens = { access_token: "at-2", refresh_token: "rt-2", id_token: await issuer.sign() };
  const grant = await refresh();
  assert.equal(issuer.count("/userinfo"), 1);
  assert.deepEqual(grant.identity, identity);
  assert.equal(grant.refreshToken, "rt-2");
});
