/**
 * Which cookies the gate has: their names in all variants, their attributes, and how each is deleted (contract 4, S49, S53).
 * The prefix of a name is a promise that the browser holds: `__Host-` and `__Secure-` cannot be set over http, and `__Host-`
 * not from a sibling host, so a bare name is never read over https, where anyone on a sibling host could have planted it.
 */
import { serializeCookie } from "../http/cookie.ts";
import type { PublicBase } from "../http/public-base.ts";

/** The kinds of session cookie: access, which each request is judged by, and refresh. */
export type SessionKind = "at" | "rt";

/** What stands behind the stem in a cookie's name. A login's cookie is named after its state. */
export type CookieKind = SessionKind | `pkce_${string}`;

export interface CookieTable {
  /** Any cookie of the gate, in any variant, split parts and login cookies included. */
  isGateCookie(name: string): boolean;
  /** The same without the login cookies. */
  isSessionCookie(name: string): boolean;
  isLoginCookie(name: string): boolean;
  /** The name under which this cookie is set for this base: bare over http, `__Host-`, or `__Secure-` under a prefix. */
  nameFor(base: PublicBase, kind: CookieKind): string;
  /** The names under which it is read for this scheme, the strongest first. */
  readNames(scheme: "http" | "https", kind: CookieKind): readonly string[];
  /** The names of all variants, whatever the base. */
  allNames(kind: CookieKind): readonly string[];
  /** What the values of these cookies are sealed for: none opens as another kind's, nor as another gate's (S55). */
  purpose(kind: SessionKind | "pkce"): string;
}

/** Characters of a cookie that browsers take, name and attributes counted in (S54). */
export const maxCookieLength = 4096;

const variants = ["__Host-", "__Secure-", ""] as const;
const readable = { https: ["__Host-", "__Secure-"], http: variants } as const;

/** The table of the gate whose cookie names begin with this stem. */
export function createCookieTable(stem: string): CookieTable {
  function isSessionCookie(name: string): boolean {
    const kind = kindOf(name);
    if (kind === undefined) return false;
    return isSessionKind(kind) || (kind.charCodeAt(2) === DOT && isSessionKind(kind.slice(0, 2)));
  }

  function isLoginCookie(name: string): boolean {
    return kindOf(name)?.startsWith("pkce_") === true;
  }

  /** What stands behind the stem: `at`, `rt.1`, `pkce_...`; undefined for a name that is not the gate's. */
  function kindOf(name: string): string | undefined {
    const start = variantLength(name);
    if (!name.startsWith(stem, start) || name.charCodeAt(start + stem.length) !== UNDERSCORE) {
      return undefined;
    }
    return name.slice(start + stem.length + 1);
  }

  return {
    isGateCookie: (name) => isSessionCookie(name) || isLoginCookie(name),
    isSessionCookie,
    isLoginCookie,
    nameFor: (base, kind) => `${variantFor(base)}${stem}_${kind}`,
    readNames: (scheme, kind) => readable[scheme].map((variant) => `${variant}${stem}_${kind}`),
    allNames: (kind) => variants.map((variant) => `${variant}${stem}_${kind}`),
    purpose: (kind) => `${stem}_${kind}`,
  };
}

/** The `Set-Cookie` value that sets a cookie under a name of `nameFor`. */
export function setCookie(base: PublicBase, name: string, value: string, maxAge: number): string {
  return serializeCookie(name, value, {
    path: name.startsWith("__Host-") ? "/" : base.prefix || "/",
    secure: base.scheme === "https" || variantLength(name) > 0,
    maxAge,
    httpOnly: true,
    sameSite: "Lax",
  });
}

/** The `Set-Cookie` value that deletes a cookie of any variant, with the attributes that a browser demands for its name. */
export function deleteCookie(base: PublicBase, name: string): string {
  return setCookie(base, name, "", 0);
}

/** Whole seconds until then, at least one: a Max-Age of zero would delete. */
export function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000));
}

const UNDERSCORE = 0x5f;
const DOT = 0x2e;

function variantFor(base: PublicBase): string {
  if (base.scheme === "http") return "";
  return base.prefix === "" ? "__Host-" : "__Secure-";
}

function variantLength(name: string): number {
  if (name.charCodeAt(0) !== UNDERSCORE) return 0;
  if (name.startsWith("__Host-")) return "__Host-".length;
  return name.startsWith("__Secure-") ? "__Secure-".length : 0;
}

function isSessionKind(kind: string): boolean {
  return kind === "at" || kind === "rt";
}
