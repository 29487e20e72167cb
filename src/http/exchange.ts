/**
 * One request as a plain value: what the core decides on. Made once by `server/read-exchange`; nothing in it changes, and
 * nothing in it needs a socket.
 */
import type { PublicBase } from "./public-base.ts";
import type { Target } from "./target.ts";

/** A header as Node gives it: a list where the field was repeated and Node does not join it, undefined when it is absent. */
export type HeaderValue = string | string[] | undefined;

/** Request headers by lower-case name, repeated ones joined as Node joins them. Holds no repeated Host or length. */
export type RequestHeaders = Readonly<Record<string, HeaderValue>>;

export interface Exchange {
  /** The request id that answers, log lines and error pages carry. */
  readonly id: string;
  /** As sent, in any case. */
  readonly method: string;
  /** The request target: what is judged and what is forwarded. */
  readonly target: Target;
  readonly headers: RequestHeaders;
  /** The `Cookie` header as sent, `""` when there is none. */
  readonly cookieHeader: string;
  /** Who the gate is to the outside, for this request. */
  readonly base: PublicBase;
  /** The address of the client behind all trusted proxies. */
  readonly clientAddress: string;
  /** True when the connection's peer is one of `trusted_proxies`. */
  readonly peerTrusted: boolean;
}

/** The value as one string: absent is undefined, a list is joined by commas. */
export function joinedValue(value: HeaderValue): string | undefined {
  return typeof value === "object" ? value.join(", ") : value;
}

/** The exchange's header of this lower-case name, as `joinedValue` gives it. */
export function headerOf(exchange: Exchange, name: string): string | undefined {
  return joinedValue(exchange.headers[name]);
}
