/**
 * From claims to an Identity. Claims come from outside even when they are signed: what has the wrong type is left out, and
 * an address counts as verified only when the provider says so in as many words (S114).
 */
import type { JsonObject } from "./ask.ts";
import type { Identity } from "./contract.ts";

export interface ClaimsOptions {
  readonly groupsClaim: string;
  readonly trustEmail: boolean;
  /** Names of claims to keep as they are. */
  readonly keepClaims: readonly string[];
}

/** The identity in verified claims, of which `sub` must be text. */
export function identityOf(claims: JsonObject, options: ClaimsOptions): Identity {
  const email = textClaim(claims.email);
  const displayName = textClaim(claims.name);
  const username = textClaim(claims.preferred_username);
  const orgId = textClaim(claims.org_id);
  const kept = keep(claims, options.keepClaims);
  return {
    userId: String(claims.sub),
    ...(email !== undefined && { email }),
    emailVerified: email !== undefined && (claims.email_verified === true || options.trustEmail),
    ...(displayName !== undefined && { displayName }),
    ...(username !== undefined && { username }),
    ...(orgId !== undefined && { orgId }),
    groups: textList(claims[options.groupsClaim]),
    ...(kept !== undefined && { claims: kept }),
  };
}

function keep(claims: JsonObject, names: readonly string[]): JsonObject | undefined {
  const found = names.filter((name) => Object.hasOwn(claims, name));
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map((name) => [name, claims[name]]));
}

/** Groups come as a list, or as one name. */
function textList(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string" && item !== "");
}

function textClaim(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
