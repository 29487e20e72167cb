/**
 * Sealing: how a value is given to a browser to keep and cannot be read, altered or passed off as another kind of value
 * (S55, S56). JWE `dir` with A256GCM, one key per purpose and secret. The protected header names purpose, version and key
 * and is the additional data of the encryption; a value is opened only if its header is, to the byte, one that is written here,
 * so nothing of a header is ever parsed.
 */
import { createSecretKey, hkdfSync, type webcrypto } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { CompactEncrypt, compactDecrypt } from "jose";
import { GateError } from "../base/errors.ts";

export interface Sealer {
  /** The value, as JSON, compressed and encrypted. Fails with GateError `session_too_large` over 64 KiB of JSON. */
  seal(purpose: string, value: unknown): Promise<string>;
  /** The value that was sealed for this purpose; undefined for anything else. Never fails. */
  open(purpose: string, sealed: string): Promise<unknown | undefined>;
}

export interface SealerOptions {
  /** Each of 32 bytes or more. The first seals, all open. */
  readonly secrets: readonly string[];
}

/** Bytes of JSON that are sealed, and that a sealed value may decompress to (S91). */
const maxOpenedBytes = 64 * 1024;
const version = 1;

interface SealingKey {
  readonly header: { alg: "dir"; enc: "A256GCM"; kid: string; use: string; v: number };
  /** The header as it starts a sealed value, up to the initialization vector. */
  readonly start: string;
  readonly key: webcrypto.CryptoKey;
}

/** Fails with an Error when there is no secret, or one under 32 bytes. */
export function createSealer({ secrets }: SealerOptions): Sealer {
  const lengths = secrets.map((secret) => Buffer.byteLength(secret));
  if (lengths.length === 0 || lengths.some((length) => length < 32)) {
    throw new Error(
      `"session.secret" must hold secrets of at least 32 bytes. Run hermes-gate keygen`,
    );
  }
  // Purposes come from the code, never from a request.
  const keysByPurpose = new Map<string, readonly SealingKey[]>();

  function keysOf(purpose: string): readonly SealingKey[] {
    const known = keysByPurpose.get(purpose);
    if (known !== undefined) return known;
    const keys = secrets.map((secret) => sealingKey(secret, purpose));
    keysByPurpose.set(purpose, keys);
    return keys;
  }

  return {
    async seal(purpose, value) {
      const [first] = keysOf(purpose);
      const json = Buffer.from(JSON.stringify(value));
      if (first === undefined || json.length > maxOpenedBytes) {
        throw new GateError("session_too_large", {
          purpose,
          bytes: json.length,
          limit: maxOpenedBytes,
        });
      }
      return new CompactEncrypt(deflateRawSync(json))
        .setProtectedHeader(first.header)
        .encrypt(first.key);
    },
    async open(purpose, sealed) {
      const found = keysOf(purpose).find(({ start }) => sealed.startsWith(start));
      if (found === undefined) return undefined;
      try {
        const { plaintext } = await compactDecrypt(sealed, found.key);
        const json = inflateRawSync(plaintext, { maxOutputLength: maxOpenedBytes });
        return JSON.parse(json.toString());
      } catch {
        return undefined;
      }
    },
  };
}

function sealingKey(secret: string, purpose: string): SealingKey {
  const kid = derive(secret, "key id", 9).toString("base64url");
  const header = { alg: "dir", enc: "A256GCM", kid, use: purpose, v: version } as const;
  const start = `${Buffer.from(JSON.stringify(header)).toString("base64url")}..`;
  const key = createSecretKey(derive(secret, `seal ${version} ${purpose}`, 32)).toCryptoKey(
    "AES-GCM",
    false,
    ["encrypt", "decrypt"],
  );
  return { header, start, key };
}

/** A name for each secret that tells nothing of it: to see later whether one is still there. */
export function keyNames(secrets: readonly string[]): readonly string[] {
  return secrets.map((secret) => derive(secret, "key name", 16).toString("base64url"));
}

function derive(secret: string, info: string, size: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "hermes-gate", info, size));
}
