import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { Identity } from "../../src/provider/contract.ts";
import { createIdentityJwt } from "../../src/proxy/identity-jwt.ts";
import { makeIdentityKey, readIdentityKeys } from "../../src/proxy/identity-key.ts";
import { ada } from "../support/proxy.ts";
import { testRuntime } from "../support/still-clock.ts";

const base = { origin: "https://dash.example", prefix: "/sales" };
const pem = makeIdentityKey();

function signer(text = pem) {
  const runtime = testRuntime();
  const keys = readIdentityKeys(text);
  const { sign, jwks } = createIdentityJwt({ keys, audience: "sales", runtime });
  const verify = (token: string) =>
    jwtVerify(token, createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key })) }), {
      issuer: "https://dash.example/sales",
      audience: "sales",
      algorithms: ["ES256"],
      currentDate: new Date(runtime.now()),
    });
  return { runtime, sign, jwks, verify };
}

test("signs who is asking, at which base, for whom, for five minutes", async () => {
  const { runtime, sign, verify } = signer();
  const identity: Identity = { ...ada, displayName: "Ada L", orgId: "o-1" };
  const token = sign({ identity, provider: "corp" }, base);
  const { payload, protectedHeader } = await verify(token);
  const iat = Math.floor(runtime.now() / 1000);
  assert.deepEqual(payload, {
    iss: "https://dash.example/sales",
    aud: "sales",
    sub: "u-1",
    iat,
    exp: iat + 300,
    provider: "corp",
    email: "ada@example.org",
    email_verified: true,
    preferred_username: "ada",
    name: "Ada L",
    org_id: "o-1",
    groups: ["ops", "dev"],
  });
  assert.deepEqual(protectedHeader, {
    alg: "ES256",
    kid: readIdentityKeys(pem)[0].id,
    typ: "JWT",
  });
});

test("S114: an address that is not verified, and every claim that is absent, is left out", () => {
  const { sign } = signer();
  const identity: Identity = {
    ...{ userId: "u-2", email: "eve@example.org", emailVerified: false, groups: [] },
    ...{ nonceHash: "not for others", claims: { department: "secret" } },
  };
  const claims = decodeJwt(sign({ identity, provider: "corp" }, base));
  assert.deepEqual(Object.keys(claims).sort(), [
    ...["aud", "exp", "groups", "iat", "iss", "provider", "sub"],
  ]);
});

test("is signed at once and kept, until half its time has gone", async () => {
  const { runtime, sign, verify } = signer();
  const owner = { identity: { ...ada }, provider: "corp" };
  const first: unknown = sign(owner, base);
  assert.equal(typeof first, "string", "no promise");
  runtime.pass(149_000);
  assert.equal(sign(owner, base), first);
  runtime.pass(1_000);
  const second = sign(owner, base);
  assert.notEqual(second, first);
  runtime.pass(149_999);
  assert.equal(sign(owner, base), second, "what is sent is good for 150 s more at the least");
  await verify(sign(owner, base));
  runtime.pass(150_002);
  await assert.rejects(verify(second), errors.JWTExpired);
});

test("S11: no two people, providers or bases are given one token", () => {
  const { sign } = signer();
  const identity = { ...ada };
  const tokens = [
    sign({ identity, provider: "corp" }, base),
    sign({ identity, provider: "other" }, base),
    sign({ identity, provider: "corp" }, { ...base, prefix: "" }),
    sign({ identity, provider: "corp" }, { ...base, origin: "https://other.example" }),
    sign({ identity: { ...ada, userId: "u-2" }, provider: "corp" }, base),
  ];
  const said = tokens.map((token) => {
    const { iss, sub, provider } = decodeJwt(token);
    return `${sub} ${provider} ${iss}`;
  });
  assert.deepEqual(said, [
    "u-1 corp https://dash.example/sales",
    "u-1 other https://dash.example/sales",
    "u-1 corp https://dash.example",
    "u-1 corp https://other.example/sales",
    "u-2 corp https://dash.example/sales",
  ]);
});

test("of several keys the first signs, and what the second signed before verifies", async () => {
  const [old, fresh] = [makeIdentityKey(), makeIdentityKey()];
  const owner = { identity: { ...ada }, provider: "corp" };
  const before = signer(old).sign(owner, base);
  const rotated = signer(fresh + old);
  await rotated.verify(before);
  const { kid } = decodeProtectedHeader(rotated.sign(owner, base));
  assert.equal(kid, readIdentityKeys(fresh)[0].id);
  await assert.rejects(signer(fresh).verify(before), errors.JWKSNoMatchingKey);
});
