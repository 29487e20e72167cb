import assert from "node:assert/strict";
import { test } from "node:test";
import type { Log } from "../../src/base/log.ts";
import type { RequestHeaders } from "../../src/http/exchange.ts";
import { makeBase } from "../../src/http/public-base.ts";
import {
  type BaseInput,
  type BaseOptions,
  createBaseResolver,
} from "../../src/http/resolve-base.ts";

const publicUrl = makeBase("https", "gate.example", "/hermes");

function input(headers: RequestHeaders, more: Partial<BaseInput> = {}): BaseInput {
  return { tls: false, peer: "192.0.2.1", peerTrusted: true, path: "/", headers, ...more };
}

interface Case {
  readonly name: string;
  readonly headers: RequestHeaders;
  readonly more?: Partial<BaseInput>;
  readonly options?: Partial<BaseOptions>;
  /** The base as a URL; undefined is no host of ours. */
  readonly base: string | undefined;
}

const forwarded = {
  host: "inner:4180",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "out.example",
  "x-forwarded-prefix": "/p",
};
const untrusted = { peerTrusted: false };
const local = { ...untrusted, peer: "127.0.0.1", path: "/api/auth/status" };
const listed = { allowedHosts: ["Listed.example"], statusPath: "/api/auth/status" };

const cases: readonly Case[] = [
  {
    name: "Host and the connection",
    headers: { host: "Gate.Example:4180" },
    base: "http://gate.example:4180",
  },
  {
    name: "https on a TLS connection",
    headers: { host: "a.example" },
    more: { tls: true },
    base: "https://a.example",
  },
  {
    name: "no default port",
    headers: { host: "a.example:443" },
    more: { tls: true },
    base: "https://a.example",
  },
  { name: "a trusted proxy's word", headers: forwarded, base: "https://out.example/p" },
  {
    name: "S13: not an untrusted peer's word",
    headers: forwarded,
    more: untrusted,
    base: "http://inner:4180",
  },
  {
    name: "S18: public_url alone",
    headers: forwarded,
    options: { publicUrl },
    base: "https://gate.example/hermes",
  },
  {
    name: "Host, when the forwarded host is malformed",
    headers: { ...forwarded, "x-forwarded-host": "a@b" },
    base: "https://inner:4180/p",
  },
  {
    name: "the connection's scheme, when the forwarded one is malformed",
    headers: { ...forwarded, "x-forwarded-proto": "gopher" },
    base: "http://out.example/p",
  },
  {
    name: "S16: no prefix of a malformed one",
    headers: { ...forwarded, "x-forwarded-prefix": "/a//b" },
    base: "https://out.example",
  },
  {
    name: "the forwarded port",
    headers: { ...forwarded, "x-forwarded-port": "8443" },
    base: "https://out.example:8443/p",
  },
  {
    name: "a host's own port before the forwarded one",
    headers: { ...forwarded, "x-forwarded-host": "out.example:1", "x-forwarded-port": "8443" },
    base: "https://out.example:1/p",
  },
  {
    name: "no port of an inner hop",
    headers: { ...forwarded, "x-forwarded-port": "80" },
    base: "https://out.example/p",
  },
  {
    name: "no port of an inner hop with TLS",
    headers: { ...forwarded, "x-forwarded-proto": "http", "x-forwarded-port": "443" },
    base: "http://out.example/p",
  },
  { name: "S20: nothing for a malformed Host", headers: { host: "a@b" }, base: undefined },
  { name: "S20: nothing for a missing Host", headers: {}, base: undefined },
  {
    name: "S19: a listed host",
    headers: { host: "listed.example.:4180" },
    options: listed,
    base: "http://listed.example.:4180",
  },
  {
    name: "S19: nothing for an unlisted host",
    headers: { host: "evil.example" },
    options: listed,
    base: undefined,
  },
  {
    name: "S19: nothing for an unlisted forwarded host",
    headers: { host: "listed.example", "x-forwarded-host": "evil.example" },
    options: listed,
    base: undefined,
  },
  {
    name: "S19: nothing for an unlisted host beside public_url",
    headers: { host: "evil.example" },
    options: { ...listed, publicUrl },
    base: undefined,
  },
  {
    name: "S19: public_url's own host",
    headers: { host: "gate.example" },
    options: { ...listed, publicUrl },
    base: "https://gate.example/hermes",
  },
  {
    name: "status for loopback under any host",
    headers: { host: "127.0.0.1:4180" },
    more: local,
    options: listed,
    base: "http://127.0.0.1:4180",
  },
  {
    name: "nothing for loopback under any host when no path is the status",
    headers: { host: "10.0.0.7" },
    more: local,
    options: { allowedHosts: ["listed.example"] },
    base: undefined,
  },
  {
    name: "status with a query for loopback",
    headers: { host: "x" },
    more: { ...local, peer: "::ffff:127.0.0.1", path: "/api/auth/status?a" },
    options: listed,
    base: "http://x",
  },
  {
    name: "status for IPv6 loopback",
    headers: { host: "x" },
    more: { ...local, peer: "::1" },
    options: listed,
    base: "http://x",
  },
  {
    name: "status for a socket's peer",
    headers: { host: "x" },
    more: { ...local, peer: undefined },
    options: listed,
    base: "http://x",
  },
  {
    name: "nothing for status asked from afar",
    headers: { host: "x" },
    more: { ...local, peer: "192.0.2.1" },
    options: listed,
    base: undefined,
  },
  {
    name: "nothing for any other path from loopback",
    headers: { host: "x" },
    more: { ...local, path: "/" },
    options: listed,
    base: undefined,
  },
  {
    name: "nothing for a path that goes on from loopback",
    headers: { host: "x" },
    more: { ...local, path: "/api/auth/status/" },
    options: listed,
    base: undefined,
  },
  {
    name: "nothing for status under a malformed Host",
    headers: { host: "a b" },
    more: local,
    options: listed,
    base: undefined,
  },
];

for (const { name, headers, more, options, base } of cases) {
  test(`the base is ${name}`, () => {
    const resolve = createBaseResolver({ allowedHosts: [], ...options });
    assert.equal(resolve(input(headers, more))?.url(""), base);
    assert.equal(resolve(input(headers, more))?.url(""), base, "the remembered base is the same");
  });
}

test("one base serves all requests that name it alike", () => {
  const resolve = createBaseResolver({ allowedHosts: [] });
  assert.equal(resolve(input(forwarded)), resolve(input({ ...forwarded })));
  assert.notEqual(resolve(input(forwarded)), resolve(input(forwarded, untrusted)));
});

test("S94: of more hosts than are remembered all are answered, and the first is forgotten", () => {
  const resolve = createBaseResolver({ allowedHosts: [] });
  const first = resolve(input({ host: "h0" }));
  for (let i = 1; i < 1024; i += 1) {
    assert.equal(resolve(input({ host: `h${i}` }))?.host, `h${i}`);
  }
  assert.equal(resolve(input({ host: "h0" })), first, "as many as are remembered");
  assert.equal(resolve(input({ host: "h1024" }))?.host, "h1024");
  assert.notEqual(resolve(input({ host: "h0" })), first);
});

test("S94: a base that takes long headers to name is not remembered", () => {
  const resolve = createBaseResolver({ allowedHosts: [] });
  const long = input({ host: "a", "x-forwarded-proto": "x".repeat(1024) });
  assert.equal(resolve(long)?.url(""), "http://a");
  assert.notEqual(resolve(long), resolve(long));
});

function recordingLog(): { log: Log; warnings: string[]; fields: unknown[] } {
  const warnings: string[] = [];
  const fields: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warn(about: unknown, text: string) {
      fields.push(about);
      warnings.push(text);
    },
  };
  return { log, warnings, fields };
}

test("a warning tells what was found, and silences no other one", () => {
  const { log, warnings, fields } = recordingLog();
  const resolve = createBaseResolver({ allowedHosts: [], log });
  const host = "a";
  resolve(input({ host, "x-forwarded-proto": "https" }, untrusted));
  resolve(input({ host, "x-forwarded-for": "192.0.2.7" }));
  resolve(input({ host, "x-forwarded-proto": "http", "x-forwarded-prefix": ["/a", "/b"] }));
  assert.equal(warnings.length, 3);
  assert.deepEqual(fields, [{ peer: "192.0.2.1" }, { peer: "192.0.2.1" }, { prefix: "/a, /b" }]);
});

test("a warning cuts a long prefix, and names the socket of a peer without address", () => {
  const { log, fields } = recordingLog();
  const resolve = createBaseResolver({ allowedHosts: [], log });
  const peer = { peer: undefined };
  resolve(input({ host: "a", "x-forwarded-proto": "https" }, { ...untrusted, ...peer }));
  resolve(input({ host: "a", "x-forwarded-for": "192.0.2.7" }, peer));
  resolve(input({ host: "a", "x-forwarded-prefix": `//${"a".repeat(300)}` }));
  const prefix = `//${"a".repeat(254)}`;
  assert.deepEqual(fields, [{ peer: "unix" }, { peer: "unix" }, { prefix }]);
});

test("S16: warns once of a malformed prefix", () => {
  const { log, warnings } = recordingLog();
  const resolve = createBaseResolver({ allowedHosts: [], log });
  for (const prefix of ["/a//b", "/c//d", "/a//b"])
    resolve(input({ host: "a", "x-forwarded-prefix": prefix }));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /malformed X-Forwarded-Prefix/);
});

test("warns once of a peer whose https is not believed", () => {
  const { log, warnings } = recordingLog();
  const resolve = createBaseResolver({ allowedHosts: [], log });
  for (const host of ["a", "b"]) resolve(input({ host, "x-forwarded-proto": "https" }, untrusted));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /add it to trusted_proxies/);
});

test("S21: warns once of a trusted proxy that names its client and not the scheme", () => {
  const { log, warnings } = recordingLog();
  const resolve = createBaseResolver({ allowedHosts: [], log });
  const headers = { host: "a", "x-forwarded-for": "192.0.2.7" };
  resolve(input({ host: "a" }));
  resolve(input({ ...headers, "x-forwarded-proto": "http" }));
  resolve(input(headers, { tls: true }));
  resolve(input(headers, untrusted));
  createBaseResolver({ allowedHosts: [], log, publicUrl })(input(headers));
  assert.deepEqual(warnings, []);
  for (const host of ["a", "b"]) resolve(input({ ...headers, host }));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /without X-Forwarded-Proto.*public_url/);
});

test("is silent about a believed peer, and with public_url", () => {
  const { log, warnings } = recordingLog();
  createBaseResolver({ allowedHosts: [], log })(input(forwarded));
  createBaseResolver({ allowedHosts: [], log, publicUrl })(input(forwarded, untrusted));
  assert.deepEqual(warnings, []);
});

test("S11: requests that differ in one part of their base share none", () => {
  const resolve = createBaseResolver({ allowedHosts: [] });
  const plain = { host: "a", "x-forwarded-host": "b", "x-forwarded-proto": "https" };
  const variants: readonly [RequestHeaders, Partial<BaseInput>, string][] = [
    [plain, {}, "https://b"],
    [{ ...plain, "x-forwarded-proto": "http" }, {}, "http://b"],
    [{ ...plain, "x-forwarded-host": "c" }, {}, "https://c"],
    [{ ...plain, "x-forwarded-port": "8443" }, {}, "https://b:8443"],
    [{ ...plain, "x-forwarded-prefix": "/p" }, {}, "https://b/p"],
    [{ host: "a" }, {}, "http://a"],
    [{ host: "a" }, { tls: true }, "https://a"],
    [{ host: "d" }, {}, "http://d"],
    [plain, untrusted, "http://a"],
    [{ host: "d" }, untrusted, "http://d"],
    [plain, { ...untrusted, tls: true }, "https://a"],
  ];
  for (const [headers, more, url] of variants) {
    assert.equal(resolve(input(headers, more))?.url(""), url);
  }
});
