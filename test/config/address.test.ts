import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLoopback, readListen, readUpstream, showListen } from "../../src/config/address.ts";

const upstreams: readonly (readonly [text: string, origin: string])[] = [
  [":9119", "http://127.0.0.1:9119"],
  ["dash:80", "http://dash:80"],
  ["my_service.local:80", "http://my_service.local:80"],
  ["http://Dash", "http://dash"],
  ["HTTPS://dash:8443/", "https://dash:8443"],
  ["[::1]:9119", "http://[::1]:9119"],
];

for (const [text, origin] of upstreams) {
  test(`reads the upstream ${text}`, () => {
    assert.deepEqual(readUpstream(text), { ok: true, value: { origin } });
  });
}

test("reads a socket as upstream", () => {
  assert.deepEqual(readUpstream("unix:/run/dash.sock"), {
    ok: true,
    value: { origin: "http://localhost", socketPath: "/run/dash.sock" },
  });
});

const badUpstreams: Readonly<Record<string, string>> = {
  nothing: "",
  "a bare port": "9119",
  "a bare host": "dash",
  "a path": "http://dash/app",
  "a query": "http://dash?x",
  "a number for a host": "0:80",
  "a shortened address": "127.1:80",
  "a user": "http://me:pw@dash",
  "another scheme": "ftp://dash",
  "port 0": "dash:0",
  "a port that is none": "dash:70000",
  "a space": "da sh:80",
  "an address without brackets": "::1:80",
  "an address that is none": "[::g]:80",
  "a relative socket": "unix:dash.sock",
  "a socket path too long for the kernel": `unix:/${"s".repeat(107)}`,
};

for (const [name, text] of Object.entries(badUpstreams)) {
  test(`refuses an upstream with ${name}`, () => {
    assert.equal(readUpstream(text).ok, false);
  });
}

test("every upstream that is accepted is an origin and nothing more", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.string(), fc.webAuthority());
  fc.assert(
    fc.property(
      fc.constantFrom("", "http://", "https://"),
      host,
      fc.nat(99_999),
      (scheme, name, port) => {
        const read = readUpstream(`${scheme}${name}:${port}`);
        if (!read.ok || read.value.socketPath !== undefined) return;
        const url = new URL(read.value.origin);
        assert.deepEqual([url.pathname, url.search, url.hash, url.username], ["/", "", "", ""]);
        assert.equal(`${url.protocol}//${url.hostname}`, read.value.origin.replace(/:\d+$/, ""));
      },
    ),
  );
});

const listens: readonly (readonly [text: string, value: object, loopback: boolean])[] = [
  ["127.0.0.1:4180", { host: "127.0.0.1", port: 4180 }, true],
  [":4180", { host: "", port: 4180 }, false],
  ["localhost:0", { host: "localhost", port: 0 }, true],
  ["[::1]:4180", { host: "::1", port: 4180 }, true],
  ["10.0.0.1:4180", { host: "10.0.0.1", port: 4180 }, false],
  ["unix:/run/gate.sock", { path: "/run/gate.sock" }, true],
];

for (const [text, value, loopback] of listens) {
  test(`reads ${text} to listen on, ${loopback ? "loopback" : "public"}, and shows it alike`, () => {
    const read = readListen(text);
    assert.ok(read.ok);
    assert.deepEqual(read.value, value);
    assert.equal(isLoopback(read.value), loopback);
    assert.equal(showListen(read.value), text);
  });
}

for (const text of [
  "4180",
  "127.0.0.1",
  "http://127.0.0.1:1",
  ":",
  "::1:80",
  "unix:gate.sock",
  ":65536",
]) {
  test(`refuses ${text} to listen on`, () => {
    assert.equal(readListen(text).ok, false);
  });
}

test("a bare port comes with the spelling that was meant", () => {
  const read = readUpstream("9119");
  assert.ok(!read.ok);
  assert.equal(read.mend, 'write ":9119" for a port on 127.0.0.1');
});
