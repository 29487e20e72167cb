/**
 * The keys of the signed identity header (contract 7): what a key file may hold, and what of it the world may see. Keys of one kind
 * alone, P-256 for ES256, which every library for JWTs can verify, so that nothing about algorithms is left to choose.
 */

import type { KeyObject } from "node:crypto";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

export interface IdentityKey {
  /** The thumbprint of the public half (RFC 7638): the same in every process that has the key. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly jwk: PublicJwk;
}

/** A key as `/auth/jwks.json` shows it (RFC 7517). */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "ES256";
}

export interface JwkSet {
  readonly keys: readonly PublicJwk[];
}

/** The text is no file of such keys. The message is the rest of a sentence after the setting's name. */
export class IdentityKeyRefused extends Error {
  override readonly name = "IdentityKeyRefused";
}

/** The most keys of one file: the one that signs, one on its way in, and those on their way out. */
const maxKeys = 8;
const block = /-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** The keys of a PEM text in their order: the first signs, all verify. Fails with IdentityKeyRefused. */
export function readIdentityKeys(pem: string): readonly [IdentityKey, ...IdentityKey[]] {
  const [first, ...others] = [...pem.matchAll(block)]
    .filter(([, kind]) => kind?.endsWith("PRIVATE KEY"))
    .map(([text]) => readKey(text));
  if (first === undefined || others.length >= maxKeys) {
    throw new IdentityKeyRefused(`must hold 1 to ${maxKeys} PEM private keys`);
  }
  return [first, ...others];
}

/** A new key, as PEM. */
export function makeIdentityKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** What verifiers are shown: the public halves alone. */
export function jwkSetOf(keys: readonly IdentityKey[]): JwkSet {
  return { keys: keys.map(({ jwk }) => jwk) };
}

function readKey(pem: string): IdentityKey {
  const privateKey = privateKeyOf(pem);
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) {
    throw new IdentityKeyRefused("must hold keys of the curve P-256 alone");
  }
  const canonical = JSON.stringify({ crv, kty, x, y });
  const id = createHash("sha256").update(canonical).digest("base64url");
  return { id, privateKey, jwk: { kty, crv, x, y, kid: id, use: "sig", alg: "ES256" } };
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The library's own words may hold a piece of the key.
    throw new IdentityKeyRefused("must hold PEM private keys without a passphrase");
  }
}
