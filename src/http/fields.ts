/**
 * Which header fields belong to whom, by folded name. A name is judged in the form in which the laxest upstream sees it:
 * WSGI, CGI and PHP read `X_Forwarded_User` and `X-Forwarded-User` as one, PHP and some CGIs `X.Forwarded.User` too (S22). Rules are `proxy/outbound`'s; only the
 * sets are here, for the configuration needs them too.
 */

/** The name in lower case, with `-` for all but letters and digits: the form in which all sets of this file are asked. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "-");
}

/** Fields of one connection, never passed on in either direction (RFC 9110, 7.6.1; S24, S80). */
export const hopByHopFields: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Fields by which proxies name the client or the original request, beside `X-Forwarded-*` (S1, S15). */
const forwardingFields: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded",
  "x-original-uri",
  "x-original-url",
  "x-real-ip",
  "x-rewrite-url",
]);

/** How the other forwarding fields begin, and the identity headers by their default names. */
const forwardedPrefix = "x-forwarded-";

/** The signed identity header (contract 7). */
const signedIdentityField = "x-hermes-identity";

/**
 * True for a folded name that the gate alone may set towards the upstream: a client's copy is dropped on every request,
 * public ones and upgrades too, whether or not something takes its place (S15, S22).
 */
export function isManagedField(folded: string): boolean {
  return (
    folded.startsWith(forwardedPrefix) ||
    forwardingFields.has(folded) ||
    folded === signedIdentityField
  );
}

/** Fields with a meaning to HTTP itself or to the gate, beside the hop-by-hop ones. */
const protocolFields: ReadonlySet<string> = new Set([
  "accept-encoding",
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "date",
  "expect",
  "host",
  "origin",
  "range",
  "set-cookie",
  "via",
]);

/** What the gate rebuilds for every request and an identity must not overwrite. */
const rebuiltFields: ReadonlySet<string> = new Set([
  signedIdentityField,
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-real-ip",
]);

/** True for a folded name that no configured identity header may take (contract 7). */
export function isReservedField(folded: string): boolean {
  return (
    protocolFields.has(folded) ||
    hopByHopFields.has(folded) ||
    rebuiltFields.has(folded) ||
    folded.startsWith("sec-")
  );
}
