/**
 * The request target in the two forms that matter: the raw one, which is forwarded byte for byte, and the path that every
 * rule is matched against. Never through `URL`, which normalises: a gate that judges one form and forwards another can be
 * walked around (S1, S3, S4, S6).
 */

export interface Target {
  /** Origin form as it will be forwarded: the own prefix taken off where it was still there, unless it is kept. */
  readonly forward: string;
  /** The raw path without prefix and without query, for matching own paths, public paths and API prefixes. */
  readonly path: string;
  /** The raw query without its `?`, `""` when there is none. */
  readonly query: string;
  /** The path could be read in two ways (S3): it is never public and no own path. */
  readonly ambiguous: boolean;
  /** A prefix that a header claimed was taken off the path: such a target is never public (contract 3). */
  readonly prefixClaimed: boolean;
}

/** The own prefix, as far as it matters to a target. */
export interface TargetPrefix {
  /** `""` or `/hermes`. */
  readonly value: string;
  /** It comes from `X-Forwarded-Prefix` and not from the configuration. */
  readonly fromHeader: boolean;
  /** Leave it in `forward`. It is taken off `path` all the same. */
  readonly keep: boolean;
}

const SLASH = 0x2f;
const DOT = 0x2e;
const QUESTION = 0x3f;
const HASH = 0x23;
const PERCENT = 0x25;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/**
 * The target of an origin-form request line; undefined for any other form and for a raw `#` (S5, S89). A leading `//` is
 * path. The prefix is taken off at a segment boundary only, and once.
 */
export function parseTarget(raw: string, prefix: TargetPrefix): Target | undefined {
  if (raw.charCodeAt(0) !== SLASH) return undefined;
  let ambiguous = false;
  let escaped = false;
  let end = 0;
  for (; end < raw.length; end += 1) {
    const char = raw.charCodeAt(end);
    if (char === QUESTION) break;
    if (char === HASH) return undefined;
    if (char === SLASH) ambiguous ||= startsOddSegment(raw, end + 1);
    else if (char === PERCENT) escaped = true;
    else if (char === SEMICOLON || char === BACKSLASH || char < 0x21 || char > 0x7e)
      ambiguous = true;
  }
  if (end < raw.length && raw.indexOf("#", end) !== -1) return undefined;

  const whole = end === raw.length ? raw : raw.slice(0, end);
  if (escaped && !ambiguous) ambiguous = hasOddEscape(whole);
  const query = end === raw.length ? "" : raw.slice(end + 1);
  if (!startsWithPrefix(whole, prefix.value)) {
    return { forward: raw, path: whole, query, ambiguous, prefixClaimed: false };
  }
  const path = whole.length === prefix.value.length ? "/" : whole.slice(prefix.value.length);
  const forward = prefix.keep ? raw : path + raw.slice(end);
  return { forward, path, query, ambiguous, prefixClaimed: prefix.fromHeader };
}

/** True when the path begins with the prefix and the prefix ends at a segment boundary. Never for the empty prefix. */
export function startsWithPrefix(path: string, prefix: string): boolean {
  if (prefix === "" || !path.startsWith(prefix)) return false;
  return path.length === prefix.length || path.charCodeAt(prefix.length) === SLASH;
}

/**
 * The origin form of an absolute-form target whose host is one of ours (S89); undefined for a foreign host, for userinfo,
 * and for every other form. An origin-form target comes back as it is. `ourHosts` are lower-case, without default port.
 */
export function originForm(raw: string, ...ourHosts: readonly string[]): string | undefined {
  if (raw.charCodeAt(0) === SLASH) return raw;
  const scheme = schemeOf(raw);
  if (scheme === undefined) return undefined;
  const start = scheme.length + 3;
  const length = raw.slice(start).search(/[/?#]/);
  const end = length === -1 ? raw.length : start + length;
  const host = withoutDefaultPort(scheme, raw.slice(start, end).toLowerCase());
  if (!ourHosts.includes(host)) return undefined;
  const rest = raw.slice(end);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** The authority without `:80` under http and `:443` under https: those are the ones that no browser sends. */
export function withoutDefaultPort(scheme: "http" | "https", host: string): string {
  const port = scheme === "https" ? ":443" : ":80";
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

function schemeOf(raw: string): "http" | "https" | undefined {
  const head = raw.slice(0, 8).toLowerCase();
  if (head.startsWith("http://")) return "http";
  return head === "https://" ? "https" : undefined;
}

/** True when the segment that starts here is empty with a slash after it, or is `.` or `..`. */
function startsOddSegment(raw: string, start: number): boolean {
  const first = raw.charCodeAt(start);
  if (first === SLASH) return true;
  if (first !== DOT) return false;
  const second = raw.charCodeAt(start + 1);
  return endsSegment(second) || (second === DOT && endsSegment(raw.charCodeAt(start + 2)));
}

function endsSegment(char: number): boolean {
  return Number.isNaN(char) || char === SLASH || char === QUESTION;
}

/** Escapes that two readers take differently: of a slash, backslash, dot, percent sign, control byte, or of no UTF-8 text. */
function hasOddEscape(path: string): boolean {
  if (/%(?:2[ef5]|5c|[01][0-9a-f]|7f)/i.test(path)) return true;
  try {
    decodeURIComponent(path);
    return false;
  } catch {
    return true;
  }
}
