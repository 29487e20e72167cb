/** The end of a session at an OpenID issuer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { setUpOidc } from "../support/oidc.ts";

test("S70: revokes the refresh token, and proves itself", async () => {
  const { issuer, provider } = await setUpOidc({ clientSecret: "s" });
  issuer.metadata.revocation_endpoint = `${issuer.url}/revoke`;
  await provider.revoke?.("rt-1");
  const request = issuer.requests.find(({ path }) => path === "/revoke");
  assert.equal(request?.method, "POST");
  assert.match(String(request?.headers.authorization), /^Basic /);
  assert.deepEqual(Object.fromEntries(request?.form ?? []), {
    token: "rt-1",
    token_type_hint: "refresh_token",
  });
});

test("revokes nothing where the issuer has no endpoint for it", async () => {
  const { issuer, provider } = await setUpOidc();
  await provider.revoke?.("rt-1");
  assert.deepEqual(
    issuer.requests.map(({ path }) => path),
    ["/.well-known/openid-configuration"],
  );
});

test("a revocation that fails is an outage", async () => {
  const { issuer, provider } = await setUpOidc();
  issuer.metadata.revocation_endpoint = `${issuer.url}/nowhere`;
  await assert.rejects(provider.revoke?.("rt-1") ?? Promise.resolve(), ProviderUnavailable);
});

test("S71: leads to the end-session endpoint with the hint and the way back", async () => {
  const { issuer, provider } = await setUpOidc();
  issuer.metadata.end_session_endpoint = `${issuer.url}/logout?theme=dark`;
  const returnTo = "https://dash.example/login?logged_out=1";
  const url = new URL(String(await provider.endSessionUrl?.({ idToken: "a.b.c", returnTo })));
  assert.equal(url.origin + url.pathname, `${issuer.url}/logout`);
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    theme: "dark",
    client_id: "hermes-gate",
    post_logout_redirect_uri: returnTo,
    id_token_hint: "a.b.c",
  });
  const bare = await provider.endSessionUrl?.({ returnTo });
  assert.equal(new URL(String(bare)).searchParams.has("id_token_hint"), false);
});

test("leads nowhere where the issuer advertises no end-session endpoint", async () => {
  const { provider } = await setUpOidc();
  assert.equal(await provider.endSessionUrl?.({ returnTo: "https://dash.example/" }), undefined);
});
