/** How signed tokens are judged: every way in which one can be wrong, against keys behind a real key source. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CompactEncrypt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { createKeySource } from "../../src/provider/jwks.ts";
import {
  asymmetricAlgorithms,
  InvalidToken,
  isIdToken,
  peekClaims,
  verifyJwt,
} from "../../src/provider/jwt.ts";
import { createIssuer, type Issuer } from "../support/issuer.ts";
import { providerDeps } from "../support/provider-deps.ts";

async function setUp(algorithms = asymmetricAlgorithms) {
  const issuer = await createIssuer();
  const deps = providerDeps({ fetch: issuer.fetch, runtime: issuer.runtime });
  const keys = createKeySource("idp", async () => `${issuer.url}/jwks`, deps);
  const rules = {
    issuer: issuer.url,
    audience: issuer.clientId,
    authorizedParty: issuer.clientId,
    algorithms,
  };
  const verify = (token: string) => verifyJwt(token, keys, rules, issuer.runtime.now());
  return { issuer, verify };
}

test("gives the claims of a good token", async () => {
  const { issuer, verify } = await setUp();
  const claims = await verify(await issuer.sign({ email: "a@example.com" }));
  assert.equal(claims.sub, "user-1");
  assert.equal(claims.email, "a@example.com");
});

const now = 1_800_000_000;
const badClaims: readonly { name: string; claims: Record<string, unknown> }[] = [
  { name: "another issuer", claims: { iss: "https://evil.example" } },
  { name: "the issuer with a slash more", claims: { iss: "https://idp.example/" } },
  { name: "another audience", claims: { aud: "other" } },
  { name: "no audience", claims: { aud: undefined } },
  { name: "an empty list of audiences", claims: { aud: [] } },
  { name: "no issuer", claims: { iss: undefined } },
  { name: "no subject", claims: { sub: undefined } },
  { name: "an empty subject", claims: { sub: "" } },
  { name: "a subject that is a number", claims: { sub: 7 } },
  { name: "no expiry", claims: { exp: undefined } },
  { name: "no issue date", claims: { iat: undefined } },
  { name: "an expiry 60 s ago", claims: { exp: now - 60 } },
  { name: "an expiry in words", claims: { exp: "tomorrow" } },
  { name: "an issue date 61 s ahead", claims: { iat: now + 61 } },
  { name: "an issue date in words", claims: { iat: "today" } },
  { name: "a start 61 s ahead", claims: { nbf: now + 61 } },
  { name: "two audiences and no azp", claims: { aud: ["hermes-gate", "other"] } },
  {
    name: "two audiences and another's azp",
    claims: { aud: ["hermes-gate", "other"], azp: "other" },
  },
];
for (const { name, claims } of badClaims) {
  test(`S111: refuses ${name}`, async () => {
    const { issuer, verify } = await setUp();
    await assert.rejects(verify(await issuer.sign(claims)), InvalidToken);
  });
}

const goodClaims: readonly { name: string; claims: Record<string, unknown> }[] = [
  { name: "an expiry 59 s ago", claims: { exp: now - 59 } },
  { name: "an issue date 60 s ahead", claims: { iat: now + 60 } },
  { name: "a list of one audience", claims: { aud: ["hermes-gate"] } },
  {
    name: "two audiences and our azp",
    claims: { aud: ["other", "hermes-gate"], azp: "hermes-gate" },
  },
];
for (const { name, claims } of goodClaims) {
  test(`S111: admits ${name}`, async () => {
    const { issuer, verify } = await setUp();
    await verify(await issuer.sign(claims));
  });
}

test("S111: refuses an expiry that is not finite", async () => {
  const { issuer, verify } = await setUp();
  const signed = await signRaw(issuer, (json) => json.replace(/"exp":\d+/, '"exp":1e999'));
  await assert.rejects(verify(signed), InvalidToken);
});

/** Signs claims whose JSON no serialiser would write. */
async function signRaw(issuer: Issuer, change: (json: string) => string): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  issuer.jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "raw", alg: "ES256" }] };
  const claims = { iss: issuer.url, aud: issuer.clientId, sub: "u", iat: now, exp: now + 300 };
  const { CompactSign } = await import("jose");
  return new CompactSign(new TextEncoder().encode(change(JSON.stringify(claims))))
    .setProtectedHeader({ alg: "ES256", kid: "raw" })
    .sign(privateKey);
}

test("S110: refuses an algorithm that the rules do not list, by whatever key", async () => {
  const { issuer, verify } = await setUp(["RS256"]);
  const { publicKey, privateKey } = await generateKeyPair("RS512");
  const { n, e, kty } = await exportJWK(publicKey);
  issuer.jwks = { keys: [{ kty, n, e, kid: "any" }] };
  const payload = { iss: issuer.url, aud: issuer.clientId, sub: "u", iat: now, exp: now + 300 };
  const token = new SignJWT(payload).setProtectedHeader({ alg: "RS512", kid: "any" });
  await assert.rejects(verify(await token.sign(privateKey)), InvalidToken);
});

test("S110: refuses an unsigned token", async () => {
  const { issuer, verify } = await setUp();
  const token = new UnsecuredJWT({
    iss: issuer.url,
    aud: issuer.clientId,
    sub: "user-1",
    iat: now,
    exp: now + 300,
  }).encode();
  await assert.rejects(verify(token), InvalidToken);
});

test("S110: refuses a token signed by HMAC with the public key as secret", async () => {
  const { issuer, verify } = await setUp();
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  issuer.jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "key-1" }] };
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  const payload = { iss: issuer.url, aud: issuer.clientId, sub: "u", iat: now, exp: now + 300 };
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256", kid: "key-1" })
    .sign(secret);
  await assert.rejects(verify(token), InvalidToken);
});

test("S110: refuses a token signed by HMAC with a key that the issuer publishes", async () => {
  const { issuer, verify } = await setUp();
  issuer.jwks = {
    keys: [{ kty: "oct", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", kid: "h" }],
  };
  const secret = Buffer.from("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", "base64url");
  const payload = { iss: issuer.url, aud: issuer.clientId, sub: "u", iat: now, exp: now + 300 };
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256", kid: "h" })
    .sign(secret);
  await assert.rejects(verify(token), InvalidToken);
});

test("S110: refuses a token signed by a key that only its own header names", async () => {
  const { issuer, verify } = await setUp();
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = await exportJWK(publicKey);
  const payload = { iss: issuer.url, aud: issuer.clientId, sub: "u", iat: now, exp: now + 300 };
  const header = { alg: "RS256", kid: "key-1", jwk, jku: "https://evil.example/jwks" };
  const token = await new SignJWT(payload as JWTPayload)
    .setProtectedHeader(header)
    .sign(privateKey);
  await assert.rejects(verify(token), InvalidToken);
  assert.deepEqual(
    issuer.requests.map((request) => request.path),
    ["/jwks"],
  );
});

test("S110: refuses a critical header that nobody here knows", async () => {
  const { issuer, verify } = await setUp();
  const good = await issuer.sign();
  const [, payload, signature] = good.split(".");
  const header = { alg: "RS256", kid: "key-1", crit: ["x-new"], "x-new": 1 };
  const encoded = Buffer.from(JSON.stringify(header)).toString("base64url");
  await assert.rejects(verify(`${encoded}.${payload}.${signature}`), /does not verify/);
});

test("refuses a token whose claims were changed", async () => {
  const { issuer, verify } = await setUp();
  const [header, , signature] = (await issuer.sign()).split(".");
  const [, payload] = (await issuer.sign({ sub: "admin" })).split(".");
  await assert.rejects(verify(`${header}.${payload}.${signature}`), InvalidToken);
});

test("S97: refuses an encrypted token", async () => {
  const { verify } = await setUp();
  const { publicKey } = await generateKeyPair("RSA-OAEP-256");
  const token = await new CompactEncrypt(new TextEncoder().encode("{}"))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" })
    .encrypt(publicKey);
  await assert.rejects(verify(token), /encrypted/);
});

test("S97: refuses a token over 16 KiB before it looks at it", async () => {
  const { issuer, verify } = await setUp();
  await assert.rejects(verify(await issuer.sign({ pad: "x".repeat(16_384) })), /16 KiB/);
  assert.equal(issuer.count("/jwks"), 0);
});

test("finds the key of a token that names none among several", async () => {
  const { issuer, verify } = await setUp();
  const other = await issuer.newKey("key-2");
  issuer.jwks.keys.push(other);
  const token = await issuer.sign({}, { kid: undefined });
  assert.equal((await verify(token)).sub, "user-1");
  await issuer.newKey("unpublished");
  const forged = await issuer.sign({}, { kid: undefined });
  await assert.rejects(verify(forged), InvalidToken);
});

test("S113: keys that cannot be fetched are an outage, not a bad token", async () => {
  const { issuer, verify } = await setUp();
  issuer.down.add("/jwks");
  await assert.rejects(verify(await issuer.sign()), ProviderUnavailable);
});

test("S113: a key that cannot be used is an outage, not a bad token", async () => {
  const { issuer, verify } = await setUp();
  issuer.jwks = { keys: [{ kty: "RSA", kid: "key-1", n: "AQAB", e: "AQAB" }] };
  await assert.rejects(verify(await issuer.sign()), ProviderUnavailable);
});

test("S112: knows an id_token by its marks", () => {
  assert.equal(isIdToken({ nonce: "n" }), true);
  assert.equal(isIdToken({ at_hash: "h" }), true);
  assert.equal(isIdToken({ c_hash: "h" }), true);
  assert.equal(isIdToken({ sub: "u", scope: "openid" }), false);
});

test("peeks at nothing that is no JWT", () => {
  assert.equal(peekClaims("opaque"), undefined);
  assert.equal(peekClaims(`a.${"x".repeat(16_384)}.c`), undefined);
  assert.deepEqual(peekClaims("e30.eyJzdWIiOiJ1In0.x"), { sub: "u" });
});
