import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clientAddress, forwardedFacts, parsePrefix } from "../../src/http/forwarded.ts";
import { createProxyTrust } from "../../src/http/proxy-trust.ts";

const isTrusted = createProxyTrust(["10.0.0.0/8", "::1", "unix"]);

const addresses: readonly [
  name: string,
  peer: string | undefined,
  forwardedFor: string | undefined,
  address: string,
][] = [
  ["the peer's, when nothing is forwarded", "10.0.0.1", undefined, "10.0.0.1"],
  ["the peer's, when the list is empty", "10.0.0.1", "", "10.0.0.1"],
  ["S14: the peer's, when it is not trusted", "192.0.2.9", "203.0.113.7", "192.0.2.9"],
  ["the one entry", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
  [
    "S14: the first from the right that is no proxy",
    "10.0.0.1",
    "1.1.1.1, 203.0.113.7, 10.0.0.2",
    "203.0.113.7",
  ],
  ["the leftmost, when all are proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
  ["S14: the peer's, when an entry is no address", "10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"],
  ["S14: the peer's, when an entry is empty", "10.0.0.1", "203.0.113.7,,10.0.0.2", "10.0.0.1"],
  ["S14: the peer's, when the list starts with a comma", "10.0.0.1", ",10.0.0.2", "10.0.0.1"],
  ["what stands right of a bad entry", "10.0.0.1", "rubbish, 203.0.113.7", "203.0.113.7"],
  ["an entry with a port", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
  ["an IPv6 entry with a port", "10.0.0.1", "[2001:DB8::7]:4711", "2001:db8::7"],
  ["an IPv6 entry in brackets", "10.0.0.1", "[2001:db8::7]", "2001:db8::7"],
  ["S14: the peer's, when text stands before brackets", "10.0.0.1", "x[2001:db8::7]", "10.0.0.1"],
  ["S14: the peer's, when text stands after brackets", "10.0.0.1", "[2001:db8::7]x", "10.0.0.1"],
  ["S14: the peer's, when text stands before a port", "10.0.0.1", "x203.0.113.7:80", "10.0.0.1"],
  ["S14: the peer's, when text stands after a port", "10.0.0.1", "203.0.113.7:80x", "10.0.0.1"],
  ["an IPv6 entry", "10.0.0.1", "2001:db8::7", "2001:db8::7"],
  ["a mapped entry as IPv4", "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"],
  ["a mapped peer as IPv4", "::ffff:192.0.2.9", undefined, "192.0.2.9"],
  ["a socket's peer's word, when trusted", undefined, "203.0.113.7", "203.0.113.7"],
  ["the word unix for a socket's peer without one", undefined, undefined, "unix"],
];

for (const [name, peer, forwardedFor, address] of addresses) {
  test(`the client's address is ${name}`, () => {
    assert.equal(clientAddress(peer, isTrusted(peer), forwardedFor, isTrusted), address);
  });
}

test("S14: nothing that a client writes left of a real hop changes its address", () => {
  fc.assert(
    fc.property(fc.string(), (written) => {
      const list = `${written}, 203.0.113.7, 10.0.0.2`;
      assert.equal(clientAddress("10.0.0.1", true, list, isTrusted), "203.0.113.7");
    }),
  );
});

test("reads scheme, host, port and prefix", () => {
  assert.deepEqual(
    forwardedFacts({
      "x-forwarded-proto": "HTTPS",
      "x-forwarded-host": "Gate.example",
      "x-forwarded-port": "8443",
      "x-forwarded-prefix": "hermes/",
    }),
    { proto: "https", host: "gate.example", port: "8443", prefix: "/hermes" },
  );
});

test("believes http as it does https", () => {
  assert.equal(forwardedFacts({ "x-forwarded-proto": "http" }).proto, "http");
  assert.equal(forwardedFacts({ "x-forwarded-proto": "ws" }).proto, "http");
  assert.equal(forwardedFacts({ "x-forwarded-proto": "wss" }).proto, "https");
});

test("takes the outermost proxy's entry of a list", () => {
  const facts = forwardedFacts({
    "x-forwarded-proto": "https , http",
    "x-forwarded-host": "gate.example, inner:8080",
    "x-forwarded-port": "8443,8080",
  });
  assert.deepEqual(facts, { proto: "https", host: "gate.example", port: "8443", prefix: "" });
});

test("takes a malformed value for none", () => {
  const facts = forwardedFacts({
    "x-forwarded-proto": "ftp",
    "x-forwarded-host": "user@gate.example",
    "x-forwarded-port": "70000",
    "x-forwarded-prefix": "/a b",
  });
  assert.deepEqual(facts, {
    proto: undefined,
    host: undefined,
    port: undefined,
    prefix: undefined,
  });
});

const prefixes: readonly [name: string, text: string, prefix: string | undefined][] = [
  ["reads /hermes", "/hermes", "/hermes"],
  ["adds a missing slash", "hermes", "/hermes"],
  ["drops a trailing slash", "/hermes/", "/hermes"],
  ["trims blanks", " \t/hermes \t", "/hermes"],
  ["keeps several segments", "/a/b.c/~d_e-f", "/a/b.c/~d_e-f"],
  ["gives up on more blanks than it looks through", `/a${" ".repeat(600)}`, undefined],
  ["takes / for none", "/", ""],
  ["takes a blank for none", "  ", ""],
  ["keeps a segment that only begins with dots", "/..a/...", "/..a/..."],
  ["keeps 256 characters", `/${"a".repeat(255)}`, `/${"a".repeat(255)}`],
  ["refuses 257 characters", `/${"a".repeat(256)}`, undefined],
  ["ignores a prefix with a dot segment", "/a/../b", undefined],
  ["ignores a prefix that ends in a dot segment", "/a/..", undefined],
  ["ignores a prefix that is a dot segment", ".", undefined],
  ["ignores a double slash", "/a//b", undefined],
  ["ignores a leading double slash", "//evil.example", undefined],
  ["ignores two trailing slashes", "/a//", undefined],
  ["ignores a list", "/a, /b", undefined],
  ["ignores a percent escape", "/a%2fb", undefined],
  ["ignores a backslash", "/a\\b", undefined],
  ["ignores a quote", '/a"b', undefined],
  ["ignores a semicolon", "/a;Domain=evil", undefined],
  ["ignores a line break", "/a\r\nSet-Cookie:x", undefined],
  ["ignores a line break at its end", "/a\n", undefined],
  ["ignores a colon", "http://evil", undefined],
];

for (const [name, text, prefix] of prefixes) {
  test(`S16: ${name}`, () => assert.equal(parsePrefix(text), prefix));
}

test("S16: two field lines are no prefix", () => {
  assert.equal(forwardedFacts({ "x-forwarded-prefix": ["/a", "/a"] }).prefix, undefined);
  assert.equal(forwardedFacts({ "x-forwarded-prefix": "/a, /a" }).prefix, undefined);
});

test("S16: whatever comes, a prefix is empty or plain segments, and reading it again changes nothing", () => {
  const any = fc.string({ unit: fc.constantFrom("/", ".", "a", "%", "\\", " ", "2", "f", "\n") });
  fc.assert(
    fc.property(any, (text) => {
      const prefix = parsePrefix(text);
      if (prefix === undefined || prefix === "") return;
      assert.match(prefix, /^(\/[A-Za-z0-9._~-]+)+$/);
      assert.equal(new URL(prefix, "https://gate.example").pathname, prefix);
      assert.equal(parsePrefix(prefix), prefix);
    }),
  );
});
