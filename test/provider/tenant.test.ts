/** Entra's issuers for more than one tenant, and nobody else's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidCode, ProviderUnavailable } from "../../src/provider/contract.ts";
import { createOidcProvider } from "../../src/provider/oidc.ts";
import { isTenantTemplate } from "../../src/provider/tenant.ts";
import { createIssuer } from "../support/issuer.ts";
import { oidcSettings, providerDeps } from "../support/provider-deps.ts";

const host = "https://login.microsoftonline.com";
const template = `${host}/{tenantid}/v2.0`;
const tid = "9188040d-6c67-4c5b-b112-36a304b66dad";

async function setUp(configured = `${host}/common/v2.0`) {
  const issuer = await createIssuer();
  Object.assign(issuer.metadata, { issuer: template });
  const deps = providerDeps({
    runtime: issuer.runtime,
    fetch: (url, init) => {
      const known = url.endsWith("/.well-known/openid-configuration");
      return issuer.fetch(known ? `${issuer.url}/.well-known/openid-configuration` : url, init);
    },
  });
  const settings = oidcSettings({ issuer: configured, clientId: issuer.clientId });
  const provider = createOidcProvider(settings, deps);
  const complete = async (claims: Record<string, unknown>) => {
    issuer.tokens = { access_token: "at", id_token: await issuer.sign(claims) };
    return provider.completeLogin({
      params: new URLSearchParams({ code: "c", state: "s" }),
      secrets: { state: "s", verifier: "v", nonce: "the-nonce" },
      redirectUri: "https://dash.example/auth/callback",
    });
  };
  return { issuer, complete };
}

test("a token's issuer is the template with the token's own tenant", async () => {
  const { complete } = await setUp();
  const { identity } = await complete({ iss: `${host}/${tid}/v2.0`, tid });
  assert.equal(identity.userId, "user-1");
});

const other = "11111111-2222-3333-4444-555555555555";
const misfits: readonly { name: string; claims: Record<string, unknown> }[] = [
  { name: "another tenant's", claims: { iss: `${host}/${other}/v2.0`, tid } },
  { name: "the template itself", claims: { iss: template, tid } },
  { name: "of no tenant", claims: { iss: `${host}/${tid}/v2.0` } },
  { name: "of a tenant that is no id", claims: { iss: `${host}/a/../b/v2.0`, tid: "a/../b" } },
  { name: "the template, by a tenant of that name", claims: { iss: template, tid: "{tenantid}" } },
  { name: "another host's", claims: { iss: `https://evil.example/${tid}/v2.0`, tid } },
];
for (const { name, claims } of misfits) {
  test(`S109, S111: refuses a token whose issuer is ${name}`, async () => {
    const { complete } = await setUp();
    await assert.rejects(complete(claims), InvalidCode);
  });
}

test("S110: a key for one tenant signs for no other", async () => {
  const { issuer, complete } = await setUp();
  const [key] = issuer.jwks.keys;
  const claims = { iss: `${host}/${tid}/v2.0`, tid };
  issuer.jwks = { keys: [{ ...key, issuer: `${host}/${other}/v2.0` }] };
  await assert.rejects(complete(claims), InvalidCode);
  issuer.jwks = { keys: [{ ...key, issuer: claims.iss }] };
  issuer.advance(24 * 3600);
  await complete(claims);
});

test("a key for every tenant signs for each", async () => {
  const { issuer, complete } = await setUp();
  issuer.jwks = { keys: issuer.jwks.keys.map((key) => ({ ...key, issuer: template })) };
  await complete({ iss: `${host}/${tid}/v2.0`, tid });
});

test("S109: only these issuers may advertise a template", async () => {
  for (const name of ["common", "organizations", "consumers"]) {
    assert.equal(isTenantTemplate(template, `${host}/${name}/v2.0`), true);
  }
  assert.equal(isTenantTemplate(template, `${host}/${tid}/v2.0`), false);
  assert.equal(isTenantTemplate(template, "https://evil.example/common/v2.0"), false);
  assert.equal(isTenantTemplate("https://evil.example/{tenantid}", `${host}/common/v2.0`), false);
  const { complete } = await setUp("https://idp.example/common/v2.0");
  await assert.rejects(complete({ tid }), ProviderUnavailable);
});
