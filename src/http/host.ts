/**
 * The grammar of `Host` and its forwarded copies: a name, IPv4 or bracketed IPv6 address with an optional port, and nothing
 * else. Userinfo, spaces or a path in it are the classic way to make two readers see two hosts (S20).
 */
import { isIPv6 } from "node:net";

const longest = 261; // 255 octets of name (RFC 1035, 2.3.4), a colon, five digits

/** The host in lower case, its port kept; undefined when it is empty or malformed. */
export function parseHost(text: string): string | undefined {
  if (text.length > longest) return undefined;
  const match = /^(?:\[([0-9a-f:.]+)\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::([0-9]{1,5}))?$/i.exec(
    text,
  );
  if (match === null) return undefined;
  const [, address, port] = match;
  if (address !== undefined && !isIPv6(address)) return undefined;
  if (port !== undefined && !isPort(port)) return undefined;
  return text.toLowerCase();
}

/** True for the decimal digits of a number from 1 to 65535, without a leading zero. */
export function isPort(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535;
}

/** The name that `allowed_hosts` is compared with: no port, no trailing dot (S19). For a host that `parseHost` gave. */
export function hostName(host: string): string {
  const port = host.lastIndexOf(":");
  const name = port > host.lastIndexOf("]") ? host.slice(0, port) : host;
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** True when the host names a port of its own. */
export function hasPort(host: string): boolean {
  return host.lastIndexOf(":") > host.lastIndexOf("]");
}
