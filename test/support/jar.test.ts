import assert from "node:assert/strict";
import { test } from "node:test";
import { createJar } from "./jar.ts";

const https = new URL("https://example.com/hermes/page");
const http = new URL("http://localhost:4180/");

interface Row {
  readonly name: string;
  readonly url: URL;
  readonly cookie: string;
  readonly refused?: RegExp;
}

const rows: readonly Row[] = [
  { name: "a plain cookie over http", url: http, cookie: "a=1; Path=/" },
  { name: "Secure over http", url: http, cookie: "a=1; Secure", refused: /Secure on a/ },
  { name: "__Host- as it must be", url: https, cookie: "__Host-a=1; Secure; Path=/" },
  {
    name: "__Host- with a path",
    url: https,
    cookie: "__Host-a=1; Secure; Path=/hermes",
    refused: /Path=\//,
  },
  { name: "__Host- without Secure", url: https, cookie: "__Host-a=1; Path=/", refused: /Secure/ },
  {
    name: "__Host- with a Domain",
    url: https,
    cookie: "__Host-a=1; Secure; Path=/; Domain=example.com",
    refused: /Domain/,
  },
  { name: "__Secure- with a path", url: https, cookie: "__Secure-a=1; Secure; Path=/hermes" },
  { name: "__Secure- without Secure", url: https, cookie: "__secure-a=1", refused: /Secure/ },
  { name: "a value of 5000 bytes", url: https, cookie: `a=${"x".repeat(5000)}`, refused: /4096/ },
  {
    name: "a foreign Domain",
    url: https,
    cookie: "a=1; Domain=example.org",
    refused: /not a host/,
  },
  { name: "a control character", url: https, cookie: "a=1\x07", refused: /control/ },
];

for (const row of rows) {
  test(`${row.refused === undefined ? "takes" : "refuses"} ${row.name}`, () => {
    const jar = createJar();
    const reason = jar.set(row.url, row.cookie);
    if (row.refused === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? "", row.refused);
    assert.equal(jar.all().length, row.refused === undefined ? 1 : 0);
  });
}

test("sends a cookie below its path only, at a segment's end", () => {
  const jar = createJar();
  jar.set(https, "a=1; Path=/hermes; Secure");
  assert.equal(jar.header(new URL("https://example.com/hermes/x")), "a=1");
  assert.equal(jar.header(new URL("https://example.com/hermes")), "a=1");
  assert.equal(jar.header(new URL("https://example.com/hermesx")), "");
  assert.equal(jar.header(new URL("http://example.com/hermes")), "");
});

test("sends the longest path first, then the oldest", () => {
  const jar = createJar();
  jar.set(http, "a=1; Path=/");
  jar.set(http, "b=2; Path=/deep");
  jar.set(http, "c=3; Path=/");
  jar.set(http, "a=4; Path=/");
  assert.equal(jar.header(new URL("http://localhost/deep/x")), "b=2; a=4; c=3");
});

test("forgets a cookie when its Max-Age has passed, and at once at zero", () => {
  let now = 1_000_000;
  const jar = createJar(() => now);
  jar.set(http, "a=1; Max-Age=10");
  jar.set(http, "b=1");
  now += 9_999;
  assert.equal(jar.header(http), "a=1; b=1");
  now += 1;
  assert.equal(jar.header(http), "b=1");
  jar.set(http, "b=; Max-Age=0");
  assert.equal(jar.header(http), "");
});

test("keeps a Secure cookie when a plain one of the same name comes over http", () => {
  const jar = createJar();
  const plain = new URL("http://example.com/");
  jar.set(https, "a=1; Secure; Path=/");
  assert.match(jar.set(plain, "a=2; Path=/") ?? "", /Secure/);
  assert.equal(jar.header(https), "a=1");
});

test("deletes only the cookie of the very path", () => {
  const jar = createJar();
  jar.set(https, "a=1; Secure; Path=/hermes");
  jar.set(https, "a=; Max-Age=0; Secure; Path=/");
  assert.equal(jar.header(https), "a=1");
});

test("a copy goes its own way", () => {
  const jar = createJar();
  jar.set(http, "a=1");
  const copy = jar.copy();
  copy.set(http, "a=2");
  assert.equal(jar.header(http), "a=1");
  assert.equal(copy.header(http), "a=2");
});
