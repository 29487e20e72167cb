import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { calculateJwkThumbprint } from "jose";
import {
  IdentityKeyRefused,
  jwkSetOf,
  makeIdentityKey,
  readIdentityKeys,
} from "../../src/proxy/identity-key.ts";

const pemOf = (key: KeyObject, type: "pkcs8" | "sec1" = "pkcs8") =>
  key.export({ type, format: "pem" }).toString();

test("reads what it made, and tells a key by its thumbprint", async () => {
  const pem = makeIdentityKey();
  const [{ id, jwk }, ...others] = readIdentityKeys(pem);
  assert.deepEqual(others, []);
  assert.equal(id, await calculateJwkThumbprint({ kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }));
  assert.equal(readIdentityKeys(pem)[0].id, id);
  assert.notEqual(readIdentityKeys(makeIdentityKey())[0].id, id);
});

test("shows the public halves of all keys, in their order, and nothing else of them", () => {
  const pems = [makeIdentityKey(), makeIdentityKey()];
  const keys = readIdentityKeys(pems.join("\n"));
  const { keys: shown } = jwkSetOf(keys);
  assert.deepEqual(
    shown.map(({ kid }) => kid),
    pems.map((pem) => readIdentityKeys(pem)[0].id),
  );
  for (const key of shown) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
  }
});

test("reads the file that openssl writes, curve parameters before the key", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const parameters =
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  assert.equal(readIdentityKeys(parameters + pemOf(privateKey, "sec1")).length, 1);
});

const refused: readonly (readonly [name: string, pem: string, why: RegExp])[] = [
  ["an empty file", "", /1 to 8/],
  ["no PEM", "c2VjcmV0", /1 to 8/],
  ["nine keys", Array.from({ length: 9 }, makeIdentityKey).join(""), /1 to 8/],
  ["another curve", pemOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey), /P-256/],
  ["an RSA key", pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey), /P-256/],
  ["an Ed25519 key", pemOf(generateKeyPairSync("ed25519").privateKey), /P-256/],
  [
    "a key with a passphrase",
    generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      .toString(),
    /passphrase/,
  ],
  [
    "a damaged key",
    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
    /passphrase/,
  ],
];

for (const [name, pem, why] of refused) {
  test(`S101: refuses ${name}, in words without a piece of it`, () => {
    assert.throws(
      () => readIdentityKeys(pem),
      (error: unknown) => {
        assert.ok(error instanceof IdentityKeyRefused);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /c2VjcmV0|BEGIN/);
        return true;
      },
    );
  });
}
