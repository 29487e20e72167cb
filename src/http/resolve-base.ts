/**
 * Finds the public base of each request (contract 9). `public_url` alone decides when it is set; else a trusted proxy's
 * headers, else the connection and `Host`. `allowed_hosts` judges the request's own host in either case (S19). Apart from
 * the value itself because it holds state: the bases already made, and which warnings have been given.
 */
import { type Log, silentLog } from "../base/log.ts";
import { joinedValue, type RequestHeaders } from "./exchange.ts";
import { type ForwardedFacts, forwardedFacts } from "./forwarded.ts";
import { hasPort, hostName, parseHost } from "./host.ts";
import { peerAddress } from "./proxy-trust.ts";
import { makeBase, type PublicBase } from "./public-base.ts";
import { withoutDefaultPort } from "./target.ts";

export interface BaseOptions {
  readonly publicUrl?: PublicBase;
  /** Names as in `allowed_hosts`. Empty admits every host. */
  readonly allowedHosts: readonly string[];
  /** The path that a loopback peer may ask for under any host: a container's health check knows no name. Default: none. */
  readonly statusPath?: string;
  readonly log?: Log;
}

export interface BaseInput {
  /** The connection to this process is TLS. */
  readonly tls: boolean;
  readonly headers: RequestHeaders;
  /** The peer's address; undefined on a Unix socket, which counts as loopback. */
  readonly peer: string | undefined;
  readonly peerTrusted: boolean;
  /** The raw request target. */
  readonly path: string;
}

/** The base of a request; undefined when its host is malformed or not one that is served here. */
export type BaseResolver = (input: BaseInput) => PublicBase | undefined;

const kept = 1024;
const longestKey = 1024;
const noFacts: ForwardedFacts = {
  proto: undefined,
  host: undefined,
  port: undefined,
  prefix: "",
};

export function createBaseResolver(options: BaseOptions): BaseResolver {
  const { publicUrl, statusPath, log = silentLog } = options;
  const allowed = new Set(options.allowedHosts.map((host) => hostName(host.toLowerCase())));
  const anyHost = allowed.size === 0;
  if (publicUrl !== undefined) allowed.add(hostName(publicUrl.host));
  const warnOnce = createWarnings(log);
  // Clients name the keys, so the map starts over when it is full. Every base is a value: dropping one loses nothing.
  const bases = new Map<string, PublicBase | undefined>();

  function find(input: BaseInput): PublicBase | undefined {
    const facts = input.peerTrusted ? forwardedFacts(input.headers) : noFacts;
    const own = facts.host ?? parseHost(joinedValue(input.headers["host"]) ?? "");
    if (own === undefined) return undefined;
    if (!anyHost && !allowed.has(hostName(own))) return undefined;
    if (publicUrl !== undefined) return publicUrl;
    if (facts.prefix === undefined) {
      warnOnce("prefix", "a trusted proxy sent a malformed X-Forwarded-Prefix, no prefix is used", {
        prefix: joinedValue(input.headers["x-forwarded-prefix"])?.slice(0, 256),
      });
    }
    const scheme = facts.proto ?? (input.tls ? "https" : "http");
    const host = withoutDefaultPort(scheme, withPort(own, facts.port));
    return makeBase(scheme, host, facts.prefix ?? "");
  }

  return function resolveBase(input) {
    const { headers, peerTrusted } = input;
    const proto = headers["x-forwarded-proto"];
    if (!peerTrusted && proto === "https" && publicUrl === undefined && !input.tls) {
      warnOnce(
        "proto",
        "an untrusted peer sent X-Forwarded-Proto: https, which is ignored; if it is your proxy, add it to trusted_proxies",
        { peer: input.peer ?? "unix" },
      );
    }
    if (peerTrusted && proto === undefined && publicUrl === undefined && !input.tls) {
      warnOfNoProto(input);
    }
    const key = peerTrusted ? keyOfTrusted(input) : `${input.tls ? "s" : ""} ${headers["host"]}`;
    let base = bases.get(key);
    if (base === undefined && !bases.has(key)) {
      base = find(input);
      remember(key, base);
    }
    return base ?? (isLocalStatus(input) ? baseOfStatus(input) : undefined);
  };

  /** Over https this ends at the provider, which refuses a redirect URI that begins with http, and nothing else tells why. */
  function warnOfNoProto({ headers, peer }: BaseInput): void {
    if (headers["x-forwarded-for"] === undefined) return;
    warnOnce(
      "no proto",
      "a trusted proxy sends X-Forwarded-For without X-Forwarded-Proto, so addresses are made as http; if people come over https, let it send the header, or set public_url",
      { peer: peer ?? "unix" },
    );
  }

  function remember(key: string, base: PublicBase | undefined): void {
    if (key.length > longestKey) return;
    if (bases.size >= kept) bases.clear();
    bases.set(key, base);
  }

  function isLocalStatus({ peer, path }: BaseInput): boolean {
    if (statusPath === undefined || !path.startsWith(statusPath)) return false;
    const rest = path.charAt(statusPath.length);
    return (rest === "" || rest === "?") && isLoopback(peer);
  }

  function baseOfStatus(input: BaseInput): PublicBase | undefined {
    const host = parseHost(joinedValue(input.headers["host"]) ?? "");
    return publicUrl ?? (host === undefined ? undefined : makeBase("http", host, ""));
  }
}

/** A field cannot hold a line feed, so no two inputs share a key. */
function keyOfTrusted({ tls, headers }: BaseInput): string {
  return `${tls ? "s" : ""}\n${headers["host"]}\n${headers["x-forwarded-host"]}\n${headers["x-forwarded-proto"]}\n${headers["x-forwarded-port"]}\n${headers["x-forwarded-prefix"]}`;
}

/**
 * The host with the proxy's port where it names none. Not 80 or 443: behind a second proxy that ends TLS, these are often
 * the port of the hop between the two, and no browser writes its own scheme's.
 */
function withPort(host: string, port: string | undefined): string {
  if (port === undefined || port === "80" || port === "443" || hasPort(host)) return host;
  return `${host}:${port}`;
}

function isLoopback(peer: string | undefined): boolean {
  if (peer === undefined) return true;
  const address = peerAddress(peer);
  return address === "::1" || address.startsWith("127.");
}

function createWarnings(log: Log): (about: string, message: string, fields: object) => void {
  const given = new Set<string>();
  return (about, message, fields) => {
    if (given.has(about)) return;
    given.add(about);
    log.warn({ ...fields }, message);
  };
}
