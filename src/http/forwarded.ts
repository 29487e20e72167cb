/**
 * The only reader of `X-Forwarded-*`. What a trusted proxy says is still a claim with a grammar: a malformed value is no
 * value, and the next source is asked (S14, S16, contract 9). Who is trusted is decided by `proxy-trust`; a caller that reads the
 * headers of anybody else is wrong.
 */
import { type HeaderValue, joinedValue, type RequestHeaders } from "./exchange.ts";
import { isPort, parseHost } from "./host.ts";
import { normalAddress, type ProxyTrust, peerAddress } from "./proxy-trust.ts";

/** The address of a client on a Unix socket that no proxy vouches for. */
const unixClient = "unix";

/**
 * The client's address: the peer's own when the peer is not trusted; else the first from the right of `X-Forwarded-For`
 * that is no trusted proxy, or the leftmost when all are. An entry that is no address makes the list worthless: the peer's
 * address then (S14).
 */
export function clientAddress(
  peer: string | undefined,
  peerTrusted: boolean,
  forwardedFor: string | undefined,
  isTrusted: ProxyTrust,
): string {
  const own = peer === undefined ? unixClient : peerAddress(peer);
  if (!peerTrusted || forwardedFor === undefined) return own;
  let end = forwardedFor.length;
  for (;;) {
    const comma = forwardedFor.lastIndexOf(",", end - 1);
    const address = hopAddress(forwardedFor.slice(comma + 1, end).trim());
    if (address === undefined) return own;
    if (comma === -1 || !isTrusted(address)) return address;
    end = comma;
  }
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function hopAddress(entry: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::[0-9]{1,5})?$/.exec(entry);
  if (bracketed !== null) return normalAddress(bracketed[1] ?? "");
  const withPort = /^([0-9.]+):[0-9]{1,5}$/.exec(entry);
  return normalAddress(withPort?.[1] ?? entry);
}

/** What a trusted proxy says of the public base. Absent or malformed parts are undefined. */
export interface ForwardedFacts {
  readonly proto: "http" | "https" | undefined;
  /** As `parseHost` gives it. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  /** `""` for none; undefined when a header came that is malformed (S16). */
  readonly prefix: string | undefined;
}

/**
 * The facts in the headers of a trusted peer. Where proxies in a row have made a list of scheme, host or port, its first
 * entry is the outermost proxy's; a prefix is one value or none.
 */
export function forwardedFacts(headers: RequestHeaders): ForwardedFacts {
  const port = firstEntry(headers["x-forwarded-port"]);
  return {
    proto: parseProto(firstEntry(headers["x-forwarded-proto"])),
    host: parseHost(firstEntry(headers["x-forwarded-host"])),
    port: isPort(port) ? port : undefined,
    prefix: parsePrefix(joinedValue(headers["x-forwarded-prefix"]) ?? ""),
  };
}

const longestPrefix = 256;

/**
 * The prefix in the one form that is used, `""` or `/hermes`, of `/hermes`, `hermes` or `/hermes/`; undefined when it is
 * malformed: other characters, `//`, a dot segment, more than 256 characters (S16).
 */
export function parsePrefix(text: string): string | undefined {
  // Before the expression below, which looks at each run of blanks as often as it is long.
  if (text.length > longestPrefix * 2) return undefined;
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, "");
  if (trimmed === "" || trimmed === "/") return "";
  const rooted = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
  const prefix = rooted.endsWith("/") ? rooted.slice(0, -1) : rooted;
  if (prefix.length > longestPrefix || !/^(?:\/[A-Za-z0-9._~-]+)+$/.test(prefix)) return undefined;
  return /\/\.{1,2}(?:\/|$)/.test(prefix) ? undefined : prefix;
}

/** Traefik calls the scheme of a WebSocket ws or wss: it is the same outside, by RFC 6455, 3. */
function parseProto(text: string): "http" | "https" | undefined {
  const proto = text.toLowerCase();
  if (proto === "https" || proto === "wss") return "https";
  return proto === "http" || proto === "ws" ? "http" : undefined;
}

function firstEntry(value: HeaderValue): string {
  const text = joinedValue(value) ?? "";
  const comma = text.indexOf(",");
  return (comma === -1 ? text : text.slice(0, comma)).trim();
}
