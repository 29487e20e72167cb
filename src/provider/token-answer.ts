/**
 * What a token endpoint's answer means. The line between "dead" and "cannot tell" is drawn here, once: only a 4xx that names
 * an error the provider knows as final ends a session, everything else keeps it (S60).
 */
import type { Answer, JsonObject } from "./ask.ts";
import { ProviderUnavailable } from "./contract.ts";
import { peekClaims } from "./jwt.ts";

export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  /** Seconds; absent where the provider did not say. */
  readonly expiresIn?: number;
}

export interface TokenRefusal {
  /** The `error` of the answer, `""` when it names none. */
  readonly error: string;
  readonly status: number;
}

export type TokenOutcome =
  | { readonly kind: "granted"; readonly answer: TokenAnswer }
  | { readonly kind: "refused"; readonly refusal: TokenRefusal };

const ourOwnFault = new Set(["invalid_client", "unauthorized_client", "invalid_scope"]);

/**
 * Tokens, or a refusal: a 400, a 200 with an `error` (GitHub), or `invalid_grant` with another 4xx (403 at Auth0, 401 at
 * older Doorkeepers). Fails with ProviderUnavailable for every other answer; `misconfigured` where it blames the client.
 */
export function readTokenAnswer(subject: string, { status, json }: Answer): TokenOutcome {
  const error = typeof json?.error === "string" ? json.error : "";
  const denied = status >= 400 && status < 500 && status !== 429;
  if (denied && error === "invalid_grant") return { kind: "refused", refusal: { error, status } };
  if (ourOwnFault.has(error) || status === 401) {
    throw new ProviderUnavailable(`${subject} answered ${status} ${error}`.trimEnd(), {
      misconfigured: true,
    });
  }
  if (status === 400 || (status === 200 && error !== "")) {
    return { kind: "refused", refusal: { error, status } };
  }
  if (status !== 200 || json === undefined) {
    throw new ProviderUnavailable(`${subject} answered ${status} without tokens`);
  }
  return { kind: "granted", answer: readTokens(subject, json) };
}

/**
 * Milliseconds since the epoch at which the access token ends: by `expires_in`, else by its own `exp`, else after
 * `defaultSeconds` (contract 5). Its `exp` is taken relative to its `iat`, so that a clock that is off does no harm.
 */
export function expiryOf(answer: TokenAnswer, nowMs: number, defaultSeconds: number): number {
  const life = answer.expiresIn ?? lifeOfJwt(answer.accessToken, nowMs) ?? defaultSeconds;
  return nowMs + Math.min(life, longestSeconds) * 1000;
}

const longestSeconds = 10 * 366 * 86_400;

function lifeOfJwt(token: string, nowMs: number): number | undefined {
  const claims = peekClaims(token);
  if (claims === undefined || typeof claims.exp !== "number") return undefined;
  const from = typeof claims.iat === "number" ? claims.iat : nowMs / 1000;
  return positive(claims.exp - from);
}

/** What an access token is made of (RFC 6749, A.12). Cut to bytes in a header, U+010A would be a line's end (S25). */
const tokenShape = /^[\x20-\x7e]+$/;

function readTokens(subject: string, json: JsonObject): TokenAnswer {
  const accessToken = text(json.access_token);
  if (accessToken === undefined) {
    throw new ProviderUnavailable(`${subject} answered 200 without an access token`);
  }
  if (!tokenShape.test(accessToken)) {
    throw new ProviderUnavailable(`${subject} gave an access token of characters that none has`);
  }
  const type = text(json.token_type);
  if (type !== undefined && type.toLowerCase() !== "bearer") {
    throw new ProviderUnavailable(`${subject} gave a token of type "${type}", not Bearer`);
  }
  const refreshToken = text(json.refresh_token);
  const idToken = text(json.id_token);
  const expiresIn = seconds(json.expires_in);
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(expiresIn !== undefined && { expiresIn }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Some providers send the number as text. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" ? positive(number) : undefined;
}

function positive(value: number): number | undefined {
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
