/**
 * Reads the addresses of the settings: where the upstream is and where the gate listens. Apart from the schema because a
 * URL parser would accept too much here (paths, users, odd hosts) and quietly repair what an operator mistyped.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { UpstreamAddress } from "../proxy/contract.ts";
import type { ListenAddress } from "./config.ts";
import type { Report } from "./report.ts";
import type { Path } from "./tree.ts";

/** A read value, or what is wrong with the text and what to write instead. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rule: string; readonly mend?: string };

/** The value that was read; undefined, and a problem of the setting, when there is none. */
export function accept<T>(read: Read<T>, path: Path, report: Report): T | undefined {
  if (read.ok) return read.value;
  report.refuse(path, read.rule, ...(read.mend === undefined ? [] : [read.mend]));
  return undefined;
}

const upstreamRule =
  'must be ":9119", "host:port", "http://host[:port]", "https://host[:port]" or "unix:/path"';
const listenRule = 'must be ":4180", "host:port" or "unix:/path"';

/** The upstream's address. `:9119` is on 127.0.0.1; without a scheme it is http. Never a path, a query or a user. */
export function readUpstream(text: string): Read<UpstreamAddress> {
  if (text.startsWith("unix:")) {
    const socket = readSocketPath(text, upstreamRule);
    if (!socket.ok) return socket;
    return { ok: true, value: { origin: "http://localhost", socketPath: socket.value } };
  }
  if (/^\d+$/.test(text)) return refuse(upstreamRule, `write ":${text}" for a port on 127.0.0.1`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return refuse(upstreamRule);
  const authority = scheme === undefined ? text : text.slice(scheme.length + 3).replace(/\/$/, "");
  if (authority.includes("/") || authority.includes("?")) {
    return refuse(upstreamRule, "leave the path away: paths are forwarded as they come");
  }
  const parts = splitAuthority(authority);
  if (parts === undefined || (scheme === undefined && parts.port === undefined)) {
    return refuse(upstreamRule);
  }
  if (parts.port === 0) return refuse("must name a port from 1 to 65535");
  const host = parts.host === "" ? "127.0.0.1" : parts.host.toLowerCase();
  const port = parts.port === undefined ? "" : `:${parts.port}`;
  return { ok: true, value: { origin: `${scheme ?? "http"}://${host}${port}` } };
}

/** The address to listen on. `:4180` is every interface; port 0 lets the system choose. */
export function readListen(text: string): Read<ListenAddress> {
  if (text.startsWith("unix:")) {
    const socket = readSocketPath(text, listenRule);
    return socket.ok ? { ok: true, value: { path: socket.value } } : socket;
  }
  if (/^\d+$/.test(text)) {
    return refuse(
      listenRule,
      `write "127.0.0.1:${text}", or ":${text}" to listen on every interface`,
    );
  }
  const parts = splitAuthority(text);
  if (parts === undefined || parts.port === undefined) return refuse(listenRule);
  return { ok: true, value: { host: parts.host.replace(/^\[|\]$/g, ""), port: parts.port } };
}

/** True where nobody but this machine can connect: the loopback names of the contract, and a Unix socket. */
export function isLoopback(listen: ListenAddress): boolean {
  if ("path" in listen) return true;
  return ["localhost", "127.0.0.1", "::1"].includes(listen.host.toLowerCase());
}

/** The address as an operator writes it. */
export function showListen(listen: ListenAddress): string {
  if ("path" in listen) return `unix:${listen.path}`;
  return listen.host.includes(":")
    ? `[${listen.host}]:${listen.port}`
    : `${listen.host}:${listen.port}`;
}

function readSocketPath(text: string, rule: string): Read<string> {
  const path = text.slice("unix:".length);
  if (!path.startsWith("/") || path.includes("\0")) {
    return refuse(rule, 'name the socket by its absolute path, "unix:/run/dashboard.sock"');
  }
  // The kernel's sun_path holds 107 bytes and a terminator; longer ones fail with an obscure error when used.
  if (Buffer.byteLength(path) > 107) return refuse("must name a socket path of at most 107 bytes");
  return { ok: true, value: path };
}

function splitAuthority(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, host = "", portText] = match;
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && port > 65535) return undefined;
  if (host === "") return port === undefined ? undefined : { host, port };
  return isHost(host) ? { host, port } : undefined;
}

function isHost(host: string): boolean {
  if (host.startsWith("[")) return isIPv6(host.slice(1, -1)) && !host.includes("%");
  // A name that ends in a number is an address to URL parsers, "0" and "127.1" too: only the plain form is taken.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(host)) return isIPv4(host);
  return host.length <= 253 && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host);
}

function refuse(rule: string, mend?: string): { ok: false; rule: string; mend?: string } {
  return mend === undefined ? { ok: false, rule } : { ok: false, rule, mend };
}
