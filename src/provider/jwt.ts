/**
 * The one way a signed token is judged, be it an id_token or an access token: signature by the issuer's own asymmetric
 * keys, issuer, audience, sane dates (S97, S110, S111). Apart so that no provider has a laxer way of its own.
 */
import { decodeJwt, errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import type { JsonObject } from "./ask.ts";
import { InvalidCode, ProviderUnavailable } from "./contract.ts";

/** The token is not good. Says why, for the log; never holds the token. */
export class InvalidToken extends Error {
  override readonly name = "InvalidToken";
  /** It was refused for its size, unread. */
  readonly tooLarge: boolean;

  constructor(message: string, options: { readonly tooLarge?: boolean } = {}) {
    super(message);
    this.tooLarge = options.tooLarge ?? false;
  }
}

/** The error that ends a sign-in whose token is not good. */
export function asInvalidCode(cause: InvalidToken): InvalidCode {
  return new InvalidCode(cause.message, { cause, tooLarge: cause.tooLarge });
}

export interface KeySource {
  /** Makes sure that keys are at hand. Fails with ProviderUnavailable: better before a token is spent than after. */
  ready(): Promise<void>;
  /** The key for a token. Fails with jose's JWKS errors where there is none, with ProviderUnavailable where that cannot be told. */
  readonly find: JWTVerifyGetKey;
}

export interface JwtRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** With several audiences one of these claims must name a client: this one, where given, else any (S111). */
  readonly authorizedParty?: string;
}

/** Every signature algorithm with a public key. HMAC and `none` are in no list (S110). */
export const asymmetricAlgorithms: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

const maxTokenBytes = 16_384;
/** Seconds that a token's dates may be off, for clocks that differ (S111). */
export const leewaySeconds = 60;

/**
 * The claims of a token that holds to the rules; `iss`, `aud`, `exp`, `iat` and `sub` are there. Fails with InvalidToken, or
 * ProviderUnavailable when keys cannot be had.
 */
export async function verifyJwt(
  token: string,
  keys: KeySource,
  rules: JwtRules,
  nowMs: number,
): Promise<JsonObject> {
  if (token.length > maxTokenBytes) {
    throw new InvalidToken(`the token is over 16 KiB: ${token.length} bytes`, { tooLarge: true });
  }
  const parts = token.split(".").length;
  if (parts === 5)
    throw new InvalidToken("the token is encrypted (JWE); only signed ones are read");
  if (parts !== 3) throw new InvalidToken("the token is no JWT");
  const claims = await verifySignature(token, keys, {
    issuer: rules.issuer,
    audience: rules.audience,
    algorithms: [...rules.algorithms],
    clockTolerance: leewaySeconds,
    currentDate: new Date(nowMs),
  });
  judgeDates(claims, nowMs / 1000);
  judgeParty(claims, rules.authorizedParty);
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw new InvalidToken("the claim sub is no text");
  }
  return claims;
}

/** Claims that only an id_token carries (contract 7). */
const idTokenMarks = ["nonce", "at_hash", "c_hash"] as const;

/** True when the claims are those of an id_token, which is no bearer (S112). */
export function isIdToken(claims: JsonObject): boolean {
  return idTokenMarks.some((mark) => claims[mark] !== undefined);
}

/** The payload of a JWT that nobody has verified, undefined when it is none. For hints only. */
export function peekClaims(token: string): JsonObject | undefined {
  if (token.length > maxTokenBytes) return undefined;
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

async function verifySignature(
  token: string,
  keys: KeySource,
  options: JWTVerifyOptions,
): Promise<JsonObject> {
  try {
    return (await jwtVerify(token, keys.find, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return tryEach(token, error, options);
    throw toInvalid(error);
  }
}

/** The token names no key and several would fit: one of them has to. */
async function tryEach(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JsonObject> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw toInvalid(error);
    }
  }
  throw new InvalidToken("no key of the issuer made the token's signature");
}

/** jose's verdicts are about the token, but for those about the issuer's keys, which say nothing of it. */
function toInvalid(error: unknown): Error {
  if (error instanceof ProviderUnavailable) return error;
  const aboutKeys = error instanceof errors.JWKInvalid || error instanceof errors.JWKSInvalid;
  if (error instanceof errors.JOSEError && !aboutKeys) {
    return new InvalidToken(`the token does not verify: ${error.message}`);
  }
  return new ProviderUnavailable("a key of the provider cannot be used", { cause: error });
}

function judgeDates(claims: JsonObject, now: number): void {
  const { exp, iat } = claims;
  if (!Number.isFinite(exp) || !Number.isFinite(iat)) {
    throw new InvalidToken("the claims exp and iat are no dates");
  }
  if (Number(iat) > now + leewaySeconds)
    throw new InvalidToken("the token was issued in the future");
}

function judgeParty(claims: JsonObject, expected: string | undefined): void {
  if (!Array.isArray(claims.aud) || claims.aud.length < 2) return;
  const party = expected === undefined ? (claims.azp ?? claims.client_id) : claims.azp;
  if (typeof party !== "string" || (expected !== undefined && party !== expected)) {
    throw new InvalidToken("the token has several audiences and was not issued to this client");
  }
}
