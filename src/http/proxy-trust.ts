/**
 * Whose word on forwarded headers is taken: the one function that decides it, and the only syntax of `trusted_proxies`
 * (S12, S13). IPv4 and IPv6 are judged apart: an IPv4 peer that a dual-stack socket shows as `::ffff:a.b.c.d` is that IPv4
 * peer, and is in no IPv6 network however wide.
 */
import { BlockList, isIP, isIPv4, SocketAddress } from "node:net";
import { remember } from "../base/remember.ts";

/** Whether the peer with this address is a trusted proxy; undefined is the peer of a Unix socket. */
export type ProxyTrust = (peer: string | undefined) => boolean;

const remembered = 4096;

/** Compiles entries that `validateTrustedProxy` passes. Throws TypeError for one that it refuses. */
export function createProxyTrust(entries: readonly string[]): ProxyTrust {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  let unix = false;
  for (const entry of entries) {
    const rule = validateTrustedProxy(entry);
    if (rule !== undefined) throw new TypeError(`"trusted_proxies" ${rule}, got "${entry}"`);
    const network = parseNetwork(entry);
    // The one good entry that is no network is "unix".
    if (network === undefined) unix = true;
    else lists[network.family].addSubnet(network.address, network.bits, network.family);
  }

  // The same few peers ask on every request.
  const isListed = remember(remembered, (peer) => {
    const address = normalAddress(peer);
    if (address === undefined) return false;
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    return lists[family].check(address, family);
  });
  return (peer) => (peer === undefined ? unix : isListed(peer));
}

/**
 * The rule that an entry breaks, beginning with "must"; undefined for a good one: an IP address, a network in CIDR form, or
 * `unix`. Whatever would trust everybody is refused (S12).
 */
export function validateTrustedProxy(entry: string): string | undefined {
  if (entry === "unix") return undefined;
  const network = parseNetwork(entry);
  if (entry === "*" || network?.bits === 0) return "must name your proxies and not everybody";
  if (network !== undefined) return undefined;
  return 'must be an IP address, a network such as "10.0.0.0/8", or "unix"';
}

/** The address in one spelling: lower case, compressed, no zone, IPv4-mapped as IPv4. Undefined when it is none. */
export function normalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const bare = withoutZone(text);
  if (isIP(bare) !== 6) return undefined;
  return peerAddress(new SocketAddress({ address: bare, family: "ipv6" }).address);
}

/** The same for a socket's own address, which the kernel has spelt: every request asks, so no object is made. */
export function peerAddress(address: string): string {
  const bare = withoutZone(address);
  const ipv4 = bare.startsWith(mapped) ? bare.slice(mapped.length) : "";
  return isIPv4(ipv4) ? ipv4 : bare;
}

const mapped = "::ffff:";

function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}

interface Network {
  readonly family: "ipv4" | "ipv6";
  readonly address: string;
  readonly bits: number;
}

function parseNetwork(entry: string): Network | undefined {
  const slash = entry.indexOf("/");
  const written = slash === -1 ? entry : entry.slice(0, slash);
  const address = written.includes("%") ? undefined : normalAddress(written);
  if (address === undefined) return undefined;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const size = isIPv4(written) ? 32 : 128;
  const bits = slash === -1 ? size : parseBits(entry.slice(slash + 1), size);
  if (bits === undefined) return undefined;
  if (family === "ipv6" || size === 32) return { family, address, bits };
  // An IPv4-mapped network: its first 96 bits only say that it is one. A shorter one has no IPv4 form.
  return bits < 96 ? undefined : { family, address, bits: bits - 96 };
}

function parseBits(text: string, size: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const bits = Number(text);
  return bits <= size ? bits : undefined;
}
