import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePublicUrl } from "../../src/http/public-url.ts";

const good: readonly [text: string, origin: string, prefix: string][] = [
  ["https://gate.example", "https://gate.example", ""],
  ["https://gate.example/", "https://gate.example", ""],
  ["https://gate.example/hermes/", "https://gate.example", "/hermes"],
  ["HTTPS://Gate.Example:443/Hermes", "https://gate.example", "/Hermes"],
  ["http://127.0.0.1:4180", "http://127.0.0.1:4180", ""],
  ["http://[::1]:80/a/b", "http://[::1]", "/a/b"],
];

for (const [text, origin, prefix] of good) {
  test(`reads ${text}`, () => {
    const { base } = parsePublicUrl(text);
    assert.equal(base?.origin, origin);
    assert.equal(base?.prefix, prefix);
  });
}

const bad: readonly [what: string, text: string, problem: RegExp, corrected?: string][] = [
  ["a blank", " ", /blank/],
  ["no scheme", "gate.example/hermes", /must start with http/, "https://gate.example/hermes"],
  ["a longer scheme", "xhttps://gate.example", /must start with http/],
  ["another scheme", "ftp://gate.example", /must start with http/],
  ["two slashes alone", "//gate.example", /must start with http/, "https://gate.example"],
  ["one slash", "https:/gate.example", /must start with http/, "https://gate.example"],
  ["a missing colon", "http//gate.example", /must start with http/, "http://gate.example"],
  ["quotes", '"https://gate.example"', /quotes/, "https://gate.example"],
  ["angle brackets", "<https://gate.example/>", /angle brackets/, "https://gate.example"],
  ["white space", " https://gate.example\n", /white space/, "https://gate.example"],
  ["a control character", "https://gate.example/\0a", /control/, "https://gate.example/a"],
  ["a query", "https://gate.example/?a=1", /no query/, "https://gate.example"],
  ["a fragment", "https://gate.example/a#b", /no fragment/, "https://gate.example/a"],
  ["userinfo", "https://user:pass@gate.example", /user name/],
  ["no host", "https:///hermes", /must name a host/],
  ["a bad port", "https://gate.example:0", /must name a host/],
  [
    "a host that browsers spell otherwise",
    "http://0x7f.1:8080/a",
    /as a browser/,
    "http://127.0.0.1:8080/a",
  ],
  ["a host that is no IPv4 address", "http://1.2.3.4.5", /as a browser/],
  ["a double slash", "https://gate.example//a", /path/, "https://gate.example/a"],
  ["a dot segment", "https://gate.example/a/..", /path/],
  ["a percent escape", "https://gate.example/%61", /path/],
];

for (const [what, text, problem, corrected] of bad) {
  test(`refuses ${what}${corrected === undefined ? "" : " and says what was meant"}`, () => {
    const result = parsePublicUrl(text);
    assert.equal(result.base, undefined);
    assert.ok("problem" in result);
    assert.match(result.problem, problem);
    assert.equal(result.corrected, corrected);
  });
}

test("whatever is written, a spelling that is offered is itself accepted", () => {
  const any = fc.string({
    unit: fc.constantFrom("http", "s", ":", "/", "a.b", '"', " ", "?", "#", "@", ".", "8", "[::0]"),
  });
  fc.assert(
    fc.property(any, (text) => {
      const result = parsePublicUrl(text);
      const spelling =
        result.base === undefined
          ? "corrected" in result
            ? result.corrected
            : undefined
          : result.base.url("");
      if (spelling === undefined) return;
      const again = parsePublicUrl(spelling);
      assert.equal(again.base?.url(""), spelling);
      assert.equal(new URL(spelling).origin, again.base?.origin);
    }),
  );
});
