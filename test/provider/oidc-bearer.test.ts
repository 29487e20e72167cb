/** Access tokens as bearers: whose they are, and for whom they were made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { setUpOidc } from "../support/oidc.ts";

const audience = "https://dash.example/api";

async function setUp() {
  const parts = await setUpOidc({ audience });
  const verify = async (claims: Record<string, unknown> = {}) => {
    const token = await parts.issuer.sign({ aud: audience, nonce: undefined, ...claims });
    return parts.provider.verify?.(token);
  };
  return { ...parts, verify };
}

test("gives the person and the expiry of a token for the audience", async () => {
  const { issuer, verify } = await setUp();
  const grant = await verify({ email: "a@example.com", email_verified: true, groups: ["staff"] });
  assert.equal(grant?.identity.userId, "user-1");
  assert.equal(grant?.identity.email, "a@example.com");
  assert.deepEqual(grant?.identity.groups, ["staff"]);
  assert.equal(grant?.expiresAt, (issuer.now() + 300) * 1000);
});

const foreign: readonly { name: string; claims: Record<string, unknown> }[] = [
  { name: "another service", claims: { aud: "https://other.example" } },
  { name: "the client itself, as an id_token is", claims: { aud: "hermes-gate" } },
  { name: "the audience, but with a nonce", claims: { nonce: "n" } },
  { name: "the audience, but with an at_hash", claims: { at_hash: "h" } },
  { name: "the audience, but with a c_hash", claims: { c_hash: "h" } },
  { name: "the audience, but expired", claims: { exp: 1_700_000_000 } },
  { name: "several audiences and no client", claims: { aud: [audience, "b"] } },
];
for (const { name, claims } of foreign) {
  test(`S112: does not admit a token for ${name}`, async () => {
    const { verify } = await setUp();
    assert.equal(await verify(claims), undefined);
  });
}

for (const party of [{ azp: "cli" }, { client_id: "cli" }]) {
  test(`S111: admits several audiences with ${Object.keys(party)}`, async () => {
    const { verify } = await setUp();
    const grant = await verify({ aud: [audience, "b"], ...party });
    assert.equal(grant?.identity.userId, "user-1");
  });
}

test("S113: another issuer's token, and an opaque one, are not ours, and nobody is asked", async () => {
  const { issuer, provider, verify } = await setUp();
  assert.equal(await verify({ iss: "https://other.example" }), undefined);
  assert.equal(await provider.verify?.("gho_opaque"), undefined);
  assert.equal(await provider.verify?.(""), undefined);
  assert.deepEqual(issuer.requests, []);
});

test("S113: a token signed by a key of nobody's is not good", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  await issuer.newKey("made-up");
  assert.equal(await verify(), undefined);
});

test("S113: keys that cannot be fetched are an outage", async () => {
  const { issuer, verify } = await setUp();
  issuer.down.add("/jwks");
  await assert.rejects(verify(), ProviderUnavailable);
});

test("S112: verifies nothing without an audience", async () => {
  const { provider } = await setUpOidc();
  assert.equal(provider.verify, undefined);
});
