/**
 * The few operations on secrets: compare, hash, mask, make. In one place so that no comparison is ever written with `===`
 * and no hash key is ever a plain concatenation of fields that a client can shift (S11, S47).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Runtime } from "./runtime.ts";

/** Compares in time that depends on neither value. Values of different length are never equal; nor is an empty one. */
export function secretsEqual(a: string, b: string): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const left = createHash("sha256").update(a).digest();
  const right = createHash("sha256").update(b).digest();
  return timingSafeEqual(left, right);
}

/** The SHA-256 of the fields, each preceded by its length, in base64url: a map key that says nothing of its parts. */
export function hashFields(...fields: readonly string[]): string {
  const hash = createHash("sha256");
  for (const field of fields) {
    const bytes = Buffer.from(field, "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest("base64url");
}

/** `size` random bytes in base64url. Default 32 bytes, 43 characters. */
export function randomToken(runtime: Runtime, size = 32): string {
  return runtime.randomBytes(size).toString("base64url");
}
