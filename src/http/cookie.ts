/**
 * The grammar of `Cookie` and `Set-Cookie` and nothing of policy: which cookies the gate has is in `session/cookie-table`.
 * Strict where a lenient reader can be fooled into another name (S52): pairs end at `;` alone, only space and tab are
 * trimmed, names are compared in exact case, and a pair without a name is no cookie.
 */

export interface CookieAttributes {
  readonly path: string;
  readonly secure: boolean;
  /** Seconds; 0 deletes the cookie. */
  readonly maxAge: number;
  readonly httpOnly: true;
  readonly sameSite: "Lax";
}

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const NONE: readonly string[] = [];

/** The values of every cookie of exactly this name, in the order of the header. */
export function cookieValues(header: string, name: string): readonly string[] {
  if (name === "") return NONE;
  let values: string[] | undefined;
  // From pair to pair: a search for the name would stop at each of its first letters in long values.
  for (let start = 0; start < header.length; ) {
    const end = pairEnd(header, start);
    const from = skipBlanks(header, start, end);
    start = end + 1;
    if (!header.startsWith(name, from)) continue;
    const equals = skipBlanks(header, from + name.length, end);
    if (header.charCodeAt(equals) !== EQUALS) continue;
    const value = trimmed(header, equals + 1, end);
    if (values === undefined) values = [value];
    else values.push(value);
  }
  return values ?? NONE;
}

/** The names of all cookies, in the order of the header, repeated ones repeated. */
export function cookieNames(header: string): readonly string[] {
  const names: string[] = [];
  for (let start = 0; start < header.length; ) {
    const end = pairEnd(header, start);
    const name = pairName(header, start, end);
    if (name !== "") names.push(name);
    start = end + 1;
  }
  return names;
}

/** The header without the cookies whose name is to be dropped, all others byte-equal; `""` when none is left. */
export function withoutCookies(header: string, drop: (name: string) => boolean): string {
  let kept = "";
  let dropped = false;
  for (let start = 0; start < header.length; ) {
    const end = pairEnd(header, start);
    const name = pairName(header, start, end);
    if (name !== "" && drop(name)) dropped = true;
    else kept = joined(kept, trimmed(header, start, end));
    start = end + 1;
  }
  return dropped ? kept : header;
}

/**
 * The name under which a browser will send back what this `Set-Cookie` field sets, `""` for none. A pair that starts with
 * `=` has no name, but goes out as its bare value, which can read as a cookie of any name.
 */
export function setCookieName(field: string): string {
  const end = pairEnd(field, 0);
  const start = skipBlanks(field, 0, end);
  return pairName(field, field.charCodeAt(start) === EQUALS ? start + 1 : start, end);
}

/** Whether a cookie of this name can be set, and so deleted. Browsers keep and send names that are no token too. */
export function isCookieName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/**
 * The `Set-Cookie` value of a cookie. Throws TypeError for a name, value, path or age that the grammar forbids, and for a
 * `__Host-` or `__Secure-` name without the attributes that a browser demands of it (RFC 6265bis, 4.1.3).
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  const problem = cookieProblem(name, value, attributes);
  if (problem !== undefined) throw new TypeError(`cookie ${JSON.stringify(name)} ${problem}`);
  const secure = attributes.secure ? "; Secure" : "";
  return `${name}=${value}; Max-Age=${attributes.maxAge}; Path=${attributes.path}${secure}; HttpOnly; SameSite=${attributes.sameSite}`;
}

function cookieProblem(
  name: string,
  value: string,
  attributes: CookieAttributes,
): string | undefined {
  if (!isCookieName(name)) return "has a name that is no token";
  if (!/^[!#-+\--:<-[\]-~]*$/.test(value)) return "has a value that holds a forbidden character";
  if (!/^\/[!-:<-~]*$/.test(attributes.path)) return "has a malformed path";
  if (!Number.isSafeInteger(attributes.maxAge) || attributes.maxAge < 0)
    return "has an age that is not a whole number of seconds";
  // Browsers compare these prefixes without case, so a differently spelt one is bound by the same demands.
  const folded = name.toLowerCase();
  if (!folded.startsWith("__host-") && !folded.startsWith("__secure-")) return undefined;
  if (!attributes.secure) return "needs Secure for its prefix";
  if (folded.startsWith("__host-") && attributes.path !== "/")
    return "needs the path / for __Host-";
  return undefined;
}

function pairEnd(header: string, start: number): number {
  const end = header.indexOf(";", start);
  return end === -1 ? header.length : end;
}

function pairName(header: string, start: number, end: number): string {
  // Not by indexOf, which would read to the end of the header for each of its nameless pairs.
  for (let at = start; at < end; at += 1) {
    if (header.charCodeAt(at) === EQUALS) return trimmed(header, start, at);
  }
  return "";
}

function trimmed(header: string, start: number, end: number): string {
  const from = skipBlanks(header, start, end);
  let to = end;
  while (to > from && isBlank(header.charCodeAt(to - 1))) to -= 1;
  return header.slice(from, to);
}

function skipBlanks(header: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(header.charCodeAt(at))) at += 1;
  return at;
}

function isBlank(char: number): boolean {
  return char === SPACE || char === TAB;
}

function joined(list: string, pair: string): string {
  if (pair === "") return list;
  return list === "" ? pair : `${list}; ${pair}`;
}
