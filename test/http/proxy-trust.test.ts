import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createProxyTrust,
  normalAddress,
  peerAddress,
  validateTrustedProxy,
} from "../../src/http/proxy-trust.ts";

const verdicts: readonly [
  name: string,
  entries: readonly string[],
  peer: string | undefined,
  trusted: boolean,
][] = [
  ["an address that is listed", ["192.0.2.1"], "192.0.2.1", true],
  ["another address", ["192.0.2.1"], "192.0.2.2", false],
  ["an address within a network", ["10.0.0.0/8"], "10.200.3.4", true],
  ["an address outside a network", ["10.0.0.0/8"], "11.0.0.1", false],
  ["a network written with host bits", ["10.1.2.3/8"], "10.9.9.9", true],
  ["an IPv4 peer on a dual-stack socket", ["127.0.0.0/8"], "::ffff:127.0.0.1", true],
  ["the same in hexadecimal", ["127.0.0.0/8"], "::ffff:7f00:1", true],
  ["an IPv4-mapped entry", ["::ffff:10.0.0.0/104"], "10.1.1.1", true],
  ["S12: an IPv4 peer under a wide IPv6 network", ["::/8"], "::ffff:192.0.2.1", false],
  ["an IPv6 address in another spelling", ["2001:db8::1"], "2001:DB8:0:0::1", true],
  ["an IPv6 address with a zone", ["fe80::/10"], "fe80::1%eth0", true],
  ["IPv6 loopback", ["::1"], "::1", true],
  ["S12: a socket's peer that is not listed", ["127.0.0.0/8", "::1"], undefined, false],
  ["a socket's peer under unix", ["unix"], undefined, true],
  ["an address under unix alone", ["unix"], "127.0.0.1", false],
  ["what is no address", ["127.0.0.0/8"], "localhost", false],
  ["anybody, with an empty list", [], "127.0.0.1", false],
];

for (const [name, entries, peer, trusted] of verdicts) {
  test(`${trusted ? "trusts" : "does not trust"} ${name}`, () => {
    const isTrusted = createProxyTrust(entries);
    assert.equal(isTrusted(peer), trusted);
    assert.equal(isTrusted(peer), trusted, "the remembered verdict is the same");
  });
}

test("S94: remembers the peers that fit and judges all others again", () => {
  const isTrusted = createProxyTrust(["10.0.0.0/8"]);
  for (let i = 0; i < 10_000; i += 1) {
    const rest = `${(i >> 8) & 255}.${i & 255}`;
    assert.equal(isTrusted(`10.0.${rest}`), true);
    assert.equal(isTrusted(`192.0.${rest}`), false);
  }
});

const everybody = ["*", "0.0.0.0/0", "10.0.0.0/0", "::/0", "::ffff:0:0/96"];
for (const entry of everybody) {
  test(`S12: refuses ${entry}, which would trust everybody`, () => {
    assert.equal(validateTrustedProxy(entry), "must name your proxies and not everybody");
    const message = `"trusted_proxies" must name your proxies and not everybody, got "${entry}"`;
    assert.throws(() => createProxyTrust([entry]), { name: "TypeError", message });
  });
}

const malformed = ["", " ", "proxy.example", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08"];
for (const entry of [
  ...malformed,
  "10.0.0.0/-1",
  "fe80::1%eth0",
  "::ffff:0:0/90",
  "UNIX",
  "1.2.3",
]) {
  test(`S12: refuses the malformed entry ${JSON.stringify(entry)}`, () => {
    assert.match(validateTrustedProxy(entry) ?? "", /^must be an IP address, a network such as/);
  });
}

test("passes addresses, networks and unix", () => {
  for (const entry of [
    "127.0.0.0/8",
    "::1",
    "192.0.2.7",
    "192.0.2.7/32",
    "::1/128",
    "fd00::/8",
    "unix",
  ]) {
    assert.equal(validateTrustedProxy(entry), undefined);
  }
});

test("gives every address one spelling", () => {
  assert.equal(normalAddress("::FFFF:1.2.3.4"), "1.2.3.4");
  assert.equal(normalAddress("0:0:0:0:0:ffff:102:304"), "1.2.3.4");
  assert.equal(normalAddress("2001:0DB8::0001%en0"), "2001:db8::1");
  assert.equal(normalAddress("1.2.3.4.5"), undefined);
});

test("a socket's address is IPv4 where it is mapped, and has no zone", () => {
  assert.equal(peerAddress("::ffff:127.0.0.1"), "127.0.0.1");
  assert.equal(peerAddress("fe80::1%eth0"), "fe80::1");
  assert.equal(peerAddress("2001:db8::1"), "2001:db8::1");
  assert.equal(peerAddress("::ffff:1:2"), "::ffff:1:2");
});
