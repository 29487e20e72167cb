/**
 * The header fields that tell the upstream who is asking. Apart from the header rules because a claim is text that a stranger
 * may have chosen: it is encoded until it can neither end its field nor add an element to its list (S23, S25).
 */
import type { PublicBase } from "../http/public-base.ts";
import type { IdentityField, IdentityHeaders, IdentityOptions, PlanIdentity } from "./contract.ts";

/** Flat name and value list for an identity at this base; an absent claim sets nothing. */
export type IdentityFields = (identity: PlanIdentity, base: PublicBase) => readonly string[];

export function createIdentityFields(options: IdentityOptions): IdentityFields {
  const { signIdentity } = options;
  const plain = createPlainFields(options.identityHeaders);
  if (signIdentity === undefined) return plain;
  return (owner, base) => [...plain(owner), "X-Hermes-Identity", signIdentity(owner, base)];
}

/** Remembers the list of each identity for as long as the identity itself is held: sessions hand out the same object. */
function createPlainFields(headers: IdentityHeaders): (owner: PlanIdentity) => readonly string[] {
  const known = new WeakMap<object, { provider: string; fields: readonly string[] }>();
  return function identityFields(owner) {
    const found = known.get(owner.identity);
    if (found !== undefined && found.provider === owner.provider) return found.fields;
    const fields = makeFields(headers, owner);
    known.set(owner.identity, { provider: owner.provider, fields });
    return fields;
  };
}

function makeFields(headers: IdentityHeaders, owner: PlanIdentity): readonly string[] {
  const fields: string[] = [];
  for (const [name, field] of headers) {
    const value = claim(field, owner);
    if (value !== undefined && value !== "") fields.push(name, value);
  }
  return fields;
}

function claim(field: IdentityField, { identity, provider }: PlanIdentity): string | undefined {
  switch (field) {
    case "user_id":
      return encodeClaim(identity.userId);
    case "email":
      // An address that nobody has verified would let its owner pass for somebody else (contract 6).
      return identity.emailVerified ? encodeClaim(identity.email) : undefined;
    case "preferred_username":
      return encodeClaim(identity.username);
    case "display_name":
      return encodeClaim(identity.displayName);
    case "groups":
      return identity.groups.map(encodeClaim).join(",");
    case "org_id":
      return encodeClaim(identity.orgId);
    case "provider":
      return encodeClaim(provider);
  }
}

/** Percent-encodes `%`, the comma that separates a list, and every byte of the UTF-8 form outside visible ASCII (S25). */
export function encodeClaim(claim: string | undefined): string {
  if (claim === undefined || isPlain(claim)) return claim ?? "";
  let encoded = "";
  for (const byte of Buffer.from(claim, "utf8")) {
    encoded += isPlainByte(byte)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

function isPlain(claim: string): boolean {
  for (let at = 0; at < claim.length; at += 1) {
    if (!isPlainByte(claim.charCodeAt(at))) return false;
  }
  return true;
}

function isPlainByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x2c;
}
