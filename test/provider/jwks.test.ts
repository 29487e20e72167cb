/** The keys of a provider: how often they are fetched, and what happens when they cannot be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { createKeySource } from "../../src/provider/jwks.ts";
import { asymmetricAlgorithms, InvalidToken, verifyJwt } from "../../src/provider/jwt.ts";
import { createIssuer } from "../support/issuer.ts";
import { providerDeps } from "../support/provider-deps.ts";

async function setUp() {
  const issuer = await createIssuer();
  const deps = providerDeps({ fetch: issuer.fetch, runtime: issuer.runtime });
  const keys = createKeySource("idp", async () => `${issuer.url}/jwks`, deps);
  const rules = {
    issuer: issuer.url,
    audience: issuer.clientId,
    algorithms: asymmetricAlgorithms,
  };
  const verify = async () => verifyJwt(await issuer.sign(), keys, rules, issuer.runtime.now());
  return { issuer, keys, verify };
}

test("fetches once for many tokens", async () => {
  const { issuer, verify } = await setUp();
  await Promise.all([verify(), verify(), verify()]);
  await verify();
  assert.equal(issuer.count("/jwks"), 1);
});

test("takes up a new key at once", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  issuer.jwks = { keys: [await issuer.newKey("key-2")] };
  issuer.advance(30);
  await verify();
  assert.equal(issuer.count("/jwks"), 2);
});

test("S96: tokens with made-up key ids cause one fetch in 30 s", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  await issuer.newKey("made-up");
  issuer.advance(30);
  const flood = await Promise.allSettled(Array.from({ length: 25 }, verify));
  assert.ok(flood.every((one) => one.status === "rejected" && one.reason instanceof InvalidToken));
  assert.equal(issuer.count("/jwks"), 2);
  issuer.advance(29);
  await assert.rejects(verify(), InvalidToken);
  assert.equal(issuer.count("/jwks"), 2);
});

test("S96: known keys serve on while the provider is down", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  issuer.down.add("");
  issuer.advance(23 * 3600);
  await verify();
});

test("S113: an unknown key while the provider is down is an outage", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  await issuer.newKey("key-2");
  issuer.down.add("");
  issuer.advance(30);
  await assert.rejects(verify(), ProviderUnavailable);
  issuer.advance(5);
  await assert.rejects(verify(), ProviderUnavailable);
  assert.equal(issuer.count("/jwks"), 2);
});

test("S96: an empty or malformed key set does not replace a good one", async () => {
  const { issuer, verify } = await setUp();
  await verify();
  for (const broken of [{ keys: [] }, { keys: "none" }, {}, { keys: [1, "x"] }]) {
    issuer.jwks = broken as { keys: object[] };
    issuer.advance(3600);
    await verify();
  }
});

test("says before a token is spent that there are no keys", async () => {
  const { issuer, keys } = await setUp();
  issuer.down.add("/jwks");
  await assert.rejects(keys.ready(), ProviderUnavailable);
  issuer.down.clear();
  issuer.advance(1);
  await keys.ready();
});
