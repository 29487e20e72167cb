/**
 * What every authorization code flow here shares: the PKCE challenge, and the judging of a callback for providers that are no
 * OpenID issuers (`state`, `iss`, `error`, `code`, in that order: S36, S40, S48).
 */
import { createHash } from "node:crypto";
import { secretsEqual } from "../base/secret.ts";
import { type CompleteLogin, InvalidCode, LoginRefused } from "./contract.ts";

/** PKCE's S256 challenge of a verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** The code of the callback. Fails with InvalidCode, or LoginRefused when the provider sent the browser back with an error. */
export function readCallback({ params, secrets }: CompleteLogin, issuer: string): string {
  if (!secretsEqual(params.get("state") ?? "", secrets.state)) {
    throw new InvalidCode("the callback does not carry the state of this login");
  }
  const iss = params.get("iss");
  if (iss !== null && iss !== issuer) throw new InvalidCode("the callback names another issuer");
  const error = params.get("error");
  if (error !== null) throw new LoginRefused(error, params.get("error_description") ?? undefined);
  const code = params.get("code") ?? "";
  if (code === "") throw new InvalidCode("the callback carries no code");
  return code;
}
