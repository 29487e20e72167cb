import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPort, hostName, isPort, parseHost } from "../../src/http/host.ts";

const good: readonly [text: string, host: string][] = [
  ["gate.example", "gate.example"],
  ["Gate.EXAMPLE:8443", "gate.example:8443"],
  ["gate.example.", "gate.example."],
  ["my_host-1", "my_host-1"],
  ["127.0.0.1:9119", "127.0.0.1:9119"],
  ["[::1]", "[::1]"],
  [`${"a".repeat(255)}:65535`, `${"a".repeat(255)}:65535`],
  ["[2001:DB8::1]:443", "[2001:db8::1]:443"],
];

for (const [text, host] of good) {
  test(`reads the host ${text}`, () => assert.equal(parseHost(text), host));
}

const bad: readonly [what: string, text: string][] = [
  ["an empty host", ""],
  ["userinfo", "user@gate.example"],
  ["a space", "gate example"],
  ["a leading space", " gate.example"],
  ["a path", "gate.example/x"],
  ["a list", "gate.example,evil.example"],
  ["an empty port", "gate.example:"],
  ["a port of letters", "gate.example:http"],
  ["a port out of range", "gate.example:65536"],
  ["port zero", "gate.example:0"],
  ["a port with a leading zero", "gate.example:080"],
  ["two ports", "gate.example:1:2"],
  ["an empty label", "gate..example"],
  ["a leading dot", ".example"],
  ["an unbracketed IPv6 address", "::1"],
  ["brackets around a name", "[gate.example]"],
  ["brackets around no address", "[::1::]"],
  ["a zone", "[fe80::1%eth0]"],
  ["a percent escape", "gate%2eexample"],
  ["a line break at its end", "gate.example\n"],
  ["more than 255 octets", `${"a".repeat(256)}:65535`],
];

for (const [what, text] of bad) {
  test(`S20: refuses ${what} as a host`, () => assert.equal(parseHost(text), undefined));
}

const names: readonly [host: string, name: string, port: boolean][] = [
  ["gate.example", "gate.example", false],
  ["gate.example.:8443", "gate.example", true],
  ["[::1]", "[::1]", false],
  ["[::1]:80", "[::1]", true],
];

for (const [host, name, port] of names) {
  test(`S19: compares ${host} as ${name}`, () => {
    assert.equal(hostName(host), name);
    assert.equal(hasPort(host), port);
  });
}

test("a port is a decimal number from 1 to 65535", () => {
  assert.deepEqual(["1", "65535", "0", "65536", "01", "+1", "", "1 "].map(isPort), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});
