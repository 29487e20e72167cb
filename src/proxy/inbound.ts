/**
 * The header of the answer to the client, in one pass over the upstream's raw list. Nothing is rewritten but what the contract
 * names: fields of the connection go (S24), a `Set-Cookie` that would plant one of the gate's own cookies goes, rotated
 * cookies are added, and what is only for one person says so to caches (S108).
 */
import { setCookieName } from "../http/cookie.ts";
import * as action from "./field-actions.ts";
import { nominatedBy } from "./nominated.ts";

export interface InboundOptions {
  readonly isGateCookie: (name: string) => boolean;
}

/** What is known of the exchange that the answer belongs to. */
export interface InboundContext {
  /** An identity was sent upstream: the answer is for one person. */
  readonly authenticated: boolean;
  /** Set-Cookie values of the gate for this answer. */
  readonly cookies: readonly string[];
  /** The client can be sent trailers, unless the answer has a length. */
  readonly trailers: boolean;
}

export interface InboundHead {
  /** Flat list of names and values. */
  readonly headers: string[];
  /** The answer says how long its body is. */
  readonly counted: boolean;
  readonly eventStream: boolean;
  /** Names of gate cookies that the upstream tried to set: for the log. */
  readonly refusedCookies: readonly string[];
}

export type Inbound = (rawHeaders: readonly string[], context: InboundContext) => InboundHead;

const NONE: readonly string[] = [];

export function createInbound({ isGateCookie }: InboundOptions): Inbound {
  const actionOf = action.createResponseActions();

  return function inbound(rawHeaders, context) {
    const nominated = nominatedBy(connectionOf(rawHeaders));
    const ownCookies = context.cookies.length > 0;
    const headers: string[] = [];
    let counted = false;
    let eventStream = false;
    let cacheControl = false;
    let trailer: string | undefined;
    let refusedCookies = NONE;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? "";
      const value = rawHeaders[at + 1] ?? "";
      const what = actionOf(name);
      if (what === action.DROP) continue;
      if (what === action.LENGTH) counted = true;
      else if (nominated.size > 0 && nominated.has(name.toLowerCase())) continue;
      switch (what) {
        case action.SET_COOKIE: {
          const cookie = setCookieName(value);
          if (!isGateCookie(cookie)) break;
          refusedCookies = [...refusedCookies, cookie];
          continue;
        }
        case action.CACHE_CONTROL:
          cacheControl = true;
          // Ours says more than any other could: it must not be kept at all.
          if (ownCookies) continue;
          break;
        case action.CONTENT_TYPE:
          eventStream = isEventStream(value);
          break;
        case action.TRAILER:
          trailer = trailer === undefined ? value : `${trailer}, ${value}`;
          continue;
      }
      headers.push(name, value);
    }
    if (ownCookies) {
      for (const cookie of context.cookies) headers.push("Set-Cookie", cookie);
      headers.push("Cache-Control", "private, no-store");
    } else if (context.authenticated && !cacheControl) headers.push("Cache-Control", "private");
    if (trailer !== undefined && context.trailers && !counted) headers.push("Trailer", trailer);
    return { headers, counted, eventStream, refusedCookies };
  };
}

function connectionOf(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length !== 10 || name.toLowerCase() !== "connection") continue;
    const value = rawHeaders[at + 1] ?? "";
    found = found === undefined ? value : `${found},${value}`;
  }
  return found;
}

const eventStreamType = "text/event-stream";

function isEventStream(contentType: string): boolean {
  if (contentType.slice(0, eventStreamType.length).toLowerCase() !== eventStreamType) return false;
  const next = contentType[eventStreamType.length];
  return next === undefined || next === ";" || next === " ";
}
