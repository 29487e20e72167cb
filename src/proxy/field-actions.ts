/**
 * What happens to a header field, by its name, as one look-up. The names that are often seen stand in a table in their usual
 * spellings; any other spelling is folded first, so that none slips through by its case or by `_` for `-` (S22). Which
 * names belong to whom is `http/fields`' business.
 */
import { foldName, hopByHopFields, isManagedField } from "../http/fields.ts";
import { usualRequest, usualResponse } from "./usual-fields.ts";

/** Passed on as it came. */
export const PASS = 0;
/** Never passed on. */
export const DROP = 1;
export const HOST = 2;
export const COOKIE = 3;
export const AUTHORIZATION = 4;
export const ORIGIN = 5;
/** Framing: no nomination in `Connection` removes it, or a body would travel without its length (S86). */
export const LENGTH = 6;
export const PROTOCOL = 7;

export type RequestAction =
  | typeof PASS
  | typeof DROP
  | typeof HOST
  | typeof COOKIE
  | typeof AUTHORIZATION
  | typeof ORIGIN
  | typeof LENGTH
  | typeof PROTOCOL;

export const SET_COOKIE = 8;
export const CACHE_CONTROL = 9;
export const CONTENT_TYPE = 10;
/** Kept only where trailers can follow. */
export const TRAILER = 11;

export type ResponseAction =
  | typeof PASS
  | typeof DROP
  | typeof LENGTH
  | typeof SET_COOKIE
  | typeof CACHE_CONTROL
  | typeof CONTENT_TYPE
  | typeof TRAILER;

const requestSpecial: readonly (readonly [string, RequestAction])[] = [
  ["Host", HOST],
  ["Cookie", COOKIE],
  ["Authorization", AUTHORIZATION],
  ["Origin", ORIGIN],
  ["Content-Length", LENGTH],
  ["Sec-WebSocket-Protocol", PROTOCOL],
  // Whether the body is wanted is decided here, before it is read.
  ["Expect", DROP],
  ["Connection", DROP],
];

const responseSpecial: readonly (readonly [string, ResponseAction])[] = [
  ["Set-Cookie", SET_COOKIE],
  ["Cache-Control", CACHE_CONTROL],
  ["Content-Type", CONTENT_TYPE],
  ["Content-Length", LENGTH],
  ["Trailer", TRAILER],
  ["Connection", DROP],
  ["Keep-Alive", DROP],
  ["Transfer-Encoding", DROP],
];

/** The action of a request field by its name as sent. `identityNames` are the configured fields that the gate sets. */
export function createRequestActions(
  identityNames: Iterable<string>,
): (name: string) => RequestAction {
  const identity = new Set<string>();
  for (const name of identityNames) identity.add(foldName(name));
  const special = bySpelling(requestSpecial);
  const spelled = new Map(special);
  for (const name of usualRequest) {
    if (!identity.has(foldName(name))) addSpellings(spelled, name, PASS);
  }

  function ofUnusual(name: string): RequestAction {
    const folded = foldName(name);
    if (hopByHopFields.has(folded) || isManagedField(folded) || identity.has(folded)) return DROP;
    const known = special.get(folded);
    // Spelt with `_`, `.` or another sign it is a field that the gate does not read, but that many an upstream takes for the same.
    if (known !== undefined && folded !== name.toLowerCase()) return DROP;
    return known ?? PASS;
  }
  return (name) => spelled.get(name) ?? ofUnusual(name);
}

/** The action of a response field by its name as sent. */
export function createResponseActions(): (name: string) => ResponseAction {
  const special = bySpelling(responseSpecial);
  const spelled = new Map(special);
  for (const name of usualResponse) addSpellings(spelled, name, PASS);

  function ofUnusual(name: string): ResponseAction {
    const lower = name.toLowerCase();
    return special.get(lower) ?? (hopByHopFields.has(lower) ? DROP : PASS);
  }
  return (name) => spelled.get(name) ?? ofUnusual(name);
}

function bySpelling<A>(entries: readonly (readonly [string, A])[]): Map<string, A> {
  const table = new Map<string, A>();
  for (const [name, action] of entries) addSpellings(table, name, action);
  return table;
}

/** The two spellings that clients and servers use: that of the RFCs, and all lower case. */
function addSpellings<A>(table: Map<string, A>, name: string, action: A): void {
  table.set(name, action).set(name.toLowerCase(), action);
}
