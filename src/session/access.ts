/**
 * Who may enter (contract 7): the `allow` rules as one predicate over a provider and an identity. Apart from the session,
 * since a session of somebody who is not admitted still exists: it can be looked at and signed out. A rule that cannot be
 * judged admits nobody (S115), and an address that the provider has not verified matches nothing (S114).
 */
import { domainToASCII } from "node:url";
import type { Identity } from "../provider/contract.ts";

export type ClaimValue = string | number | boolean;

/** Lists of which any match admits. A list that is there and empty admits nobody. */
export interface AllowLists {
  readonly emails?: readonly string[];
  readonly emailDomains?: readonly string[];
  readonly groups?: readonly string[];
  /** `userId`s. */
  readonly subjects?: readonly string[];
  /** Claim name to the values of which one must be the claim's, or be in it when it is a list. */
  readonly claims?: Readonly<Record<string, readonly ClaimValue[]>>;
}

/** One `allow` setting, at the top or of a provider. */
export type AllowRules = "everyone" | AllowLists;

export interface AccessRules {
  /** The rule of all providers. Absent, or `everyone`: a provider without a rule of its own admits all it vouches for. */
  readonly global?: AllowRules;
  /** By provider name. A match here or in `global` admits; a list here also binds when `global` is `everyone`. */
  readonly providers?: Readonly<Record<string, AllowRules>>;
  /**
   * By provider name: the groups of which the person must be in one besides, whatever else admits, in any spelling of the
   * letters A to Z. GitHub's `allow_orgs`.
   */
  readonly memberOf?: Readonly<Record<string, readonly string[]>>;
}

/** Whether the identity, as vouched for by the provider of this name, may enter. Remembered for each identity object. */
export type Access = (provider: string, identity: Identity) => boolean;

/** The predicate for these rules. Never throws; what it cannot judge it does not admit. */
export function createAccess(rules: AccessRules): Access {
  const byProvider = new Map<string, readonly Matcher[]>();
  for (const [name, rule] of Object.entries(rules.providers ?? {})) {
    byProvider.set(name, matchersFor(rules.global, rule));
  }
  const memberships = new Map(
    Object.entries(rules.memberOf ?? {}).map(([name, groups]) => [name, memberMatcher(groups)]),
  );
  const others = rules.global === undefined ? [admitAll] : [matcher(rules.global)];
  const judged = new WeakMap<Identity, { readonly provider: string; readonly admitted: boolean }>();
  return (provider, identity) => {
    const known = judged.get(identity);
    if (known?.provider === provider) return known.admitted;
    const isMember = memberships.get(provider) ?? admitAll;
    const admitted =
      isMember(identity) && (byProvider.get(provider) ?? others).some((admits) => admits(identity));
    judged.set(identity, { provider, admitted });
    return admitted;
  };
}

/** The names of the claims that the rules look at: the only ones that an identity has to carry. */
export function claimsNeeded(rules: AccessRules): readonly string[] {
  const all = [rules.global, ...Object.values(rules.providers ?? {})];
  const names = all.flatMap((rule) =>
    rule === undefined || rule === "everyone" ? [] : Object.keys(rule.claims ?? {}),
  );
  return [...new Set(names)];
}

type Matcher = (identity: Identity) => boolean;

const admitAll: Matcher = () => true;

/** `everyone` at the top is the consent for providers without a rule, not a match: else a provider's list would bind nobody. */
function matchersFor(global: AllowRules | undefined, own: AllowRules): readonly Matcher[] {
  return global === undefined || global === "everyone"
    ? [matcher(own)]
    : [matcher(global), matcher(own)];
}

function memberMatcher(names: readonly string[]): Matcher {
  const wanted = new Set(names.map(lowerAscii));
  return ({ groups }) => groups.some((group) => wanted.has(lowerAscii(group)));
}

function matcher(rule: AllowRules): Matcher {
  if (rule === "everyone") return admitAll;
  const emails = new Set((rule.emails ?? []).map((email) => canonicalEmail(email)?.address));
  const domains = new Set((rule.emailDomains ?? []).map(canonicalDomain));
  const groups = new Set(rule.groups ?? []);
  const subjects = new Set(rule.subjects ?? []);
  const claims = Object.entries(rule.claims ?? {}).map(
    ([name, values]) => [name, new Set<unknown>(values)] as const,
  );
  return (identity) => {
    if (subjects.has(identity.userId)) return true;
    if (identity.groups.some((group) => groups.has(group))) return true;
    if (claims.some(([name, values]) => claimMatches(identity, name, values))) return true;
    if (identity.email === undefined || !identity.emailVerified) return false;
    const email = canonicalEmail(identity.email);
    return email !== undefined && (emails.has(email.address) || domains.has(email.domain));
  };
}

function claimMatches(identity: Identity, name: string, values: ReadonlySet<unknown>): boolean {
  const claims = identity.claims;
  if (claims === undefined || !Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  return Array.isArray(claim) ? claim.some((item) => values.has(item)) : values.has(claim);
}

/** The address with ASCII letters in lower case and the domain as DNS has it; undefined unless it has exactly one `@`. */
function canonicalEmail(email: string): { address: string; domain: string } | undefined {
  const [local, domainText, more] = email.split("@");
  if (local === undefined || local === "" || domainText === undefined || more !== undefined) {
    return undefined;
  }
  const domain = canonicalDomain(domainText);
  if (domain === undefined) return undefined;
  return { address: `${lowerAscii(local)}@${domain}`, domain };
}

/** ASCII that is in no host name. `domainToASCII` reads a host as a URL does, and cuts off what begins with one of these. */
const noDomain = /[\x00-,/:-@[-^`{-\x7f]/;

function canonicalDomain(domain: string): string | undefined {
  if (noDomain.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  return ascii === "" ? undefined : ascii;
}

/** Only A to Z: `toLowerCase` would make the Kelvin sign a `k`, and so one address out of two. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
