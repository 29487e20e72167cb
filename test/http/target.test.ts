import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { originForm, parseTarget, startsWithPrefix } from "../../src/http/target.ts";

const none = { value: "", fromHeader: false, keep: false };
const own = { value: "/hermes", fromHeader: false, keep: false };

test("reads path and query and forwards the raw target", () => {
  assert.deepEqual(parseTarget("/a/b?x=1?y#".slice(0, -1), none), {
    forward: "/a/b?x=1?y",
    path: "/a/b",
    query: "x=1?y",
    ambiguous: false,
    prefixClaimed: false,
  });
});

test("reads a path without a query", () => {
  const target = { forward: "/a", path: "/a", query: "", ambiguous: false, prefixClaimed: false };
  assert.deepEqual(parseTarget("/a", none), target);
});

const refused: readonly [what: string, raw: string][] = [
  ["a raw # in the path", "/a#b"],
  ["a raw # in the query", "/a?b#c"],
  ["an empty target", ""],
  ["an asterisk", "*"],
  ["an authority", "gate.example:443"],
  ["an absolute form", "http://gate.example/"],
  ["a path without its slash", "a/b"],
];

for (const [what, raw] of refused) {
  test(`S5, S89: makes no target of ${what}`, () =>
    assert.equal(parseTarget(raw, none), undefined));
}

const prefixes: readonly [name: string, raw: string, forward: string, path: string][] = [
  ["takes its own prefix off", "/hermes/a?b", "/a?b", "/a"],
  ["takes it off once", "/hermes/hermes/a", "/hermes/a", "/hermes/a"],
  ["makes / of the prefix alone", "/hermes", "/", "/"],
  ["makes / of the prefix with a query", "/hermes?b", "/?b", "/"],
  ["leaves a longer segment alone", "/hermesx/a", "/hermesx/a", "/hermesx/a"],
  ["leaves another case alone", "/Hermes/a", "/Hermes/a", "/Hermes/a"],
  ["leaves an escaped spelling alone", "/%68ermes/a", "/%68ermes/a", "/%68ermes/a"],
  ["leaves a prefix further on alone", "/a/hermes/b", "/a/hermes/b", "/a/hermes/b"],
  ["passes a path that came without it", "/a", "/a", "/a"],
];

for (const [name, raw, forward, path] of prefixes) {
  test(name, () => {
    const target = parseTarget(raw, own);
    assert.equal(target?.forward, forward);
    assert.equal(target?.path, path);
  });
}

test("keeps the prefix in what is forwarded, and never in the path, when told to", () => {
  const target = parseTarget("/hermes/a?b", { ...own, keep: true });
  assert.equal(target?.forward, "/hermes/a?b");
  assert.equal(target?.path, "/a");
});

test("S17: marks a prefix that a header claimed, and only where it was taken off", () => {
  const claimed = { ...own, fromHeader: true };
  assert.equal(parseTarget("/hermes/a", claimed)?.prefixClaimed, true);
  assert.equal(parseTarget("/a", claimed)?.prefixClaimed, false);
  assert.equal(parseTarget("/hermes/a", own)?.prefixClaimed, false);
});

const ambiguous: readonly [what: string, path: string][] = [
  ["a dot segment", "/static/../admin"],
  ["a single dot segment", "/static/./a"],
  ["a dot segment at the end", "/static/.."],
  ["a dot segment before the query", "/static/..?a"],
  ["a leading double slash", "//static/a"],
  ["a double slash", "/static//a"],
  ["a semicolon", "/static/..;/admin"],
  ["a backslash", "/static\\..\\admin"],
  ["a control byte", "/static/\x01"],
  ["a raw byte outside ASCII", "/static/\xff"],
  ["an encoded slash", "/static%2fadmin"],
  ["an encoded slash in capitals", "/static%2Fadmin"],
  ["an encoded backslash", "/static%5cadmin"],
  ["an encoded dot", "/static/%2e%2e/admin"],
  ["an encoded percent sign", "/static/%252e%252e/admin"],
  ["an encoded null", "/static/a%00.css"],
  ["an encoded line feed", "/static/a%0Ab"],
  ["an encoded DEL", "/static/%7f"],
  ["an overlong escape", "/static/%c0%ae%c0%ae/admin"],
  ["a broken escape", "/static/%zz"],
  ["a cut escape", "/static/%2"],
];

for (const [what, path] of ambiguous) {
  test(`S3: a path with ${what} is ambiguous and goes on as it came`, () => {
    const target = parseTarget(path, none);
    assert.equal(target?.ambiguous, true);
    assert.equal(target.forward, path);
  });
}

test("S3: a path is ambiguous whatever prefix was taken off", () => {
  assert.equal(parseTarget("/hermes//evil.example", own)?.ambiguous, true);
  assert.equal(parseTarget("/hermes/..", own)?.ambiguous, true);
});

for (const path of [
  "/",
  "/a.b/..c/...",
  "/.a/b",
  "/caf%C3%A9",
  "/a%20b",
  "/a:b@c!$&'()*+,=~_-",
  "/a?x=../..//;%2f",
]) {
  test(`${path} is plain`, () => assert.equal(parseTarget(path, none)?.ambiguous, false));
}

test("S6: prefix and forwarded target together are the raw target, byte for byte", () => {
  const unit = fc.constantFrom("/", "hermes", ".", "%2f", "?", "a", ";", "\\", "%", "&");
  fc.assert(
    fc.property(fc.string({ unit }), (rest) => {
      const raw = `/hermes/${rest}`;
      assert.equal(`/hermes${parseTarget(raw, own)?.forward}`, raw);
      assert.equal(parseTarget(raw, none)?.forward, raw);
    }),
  );
});

test("S4: a plain path is one that URL does not read otherwise", () => {
  const unit = fc.constantFrom("/", "x", ".", "%2e", "%2f", "%41", "\\", ";", "\t", "%");
  fc.assert(
    fc.property(fc.string({ unit }), (rest) => {
      const target = parseTarget(`/${rest}`, none);
      if (target === undefined || target.ambiguous) return;
      assert.equal(new URL(target.path, "http://gate.example").pathname, target.path);
      assert.ok(!decodeURIComponent(target.path).split("/").includes(".."));
    }),
  );
});

test("a prefix ends at a segment boundary", () => {
  assert.equal(startsWithPrefix("/a/b", "/a"), true);
  assert.equal(startsWithPrefix("/a", "/a"), true);
  assert.equal(startsWithPrefix("/ab", "/a"), false);
  assert.equal(startsWithPrefix("/a", ""), false);
});

const absolutes: readonly [name: string, raw: string, path: string | undefined][] = [
  ["leaves an origin form alone", "/a?b", "/a?b"],
  ["takes our host off", "http://gate.example/a?b", "/a?b"],
  ["compares without case and default port", "HTTPS://Gate.Example:443/a", "/a"],
  ["compares a port of its own", "http://gate.example:8080/a", undefined],
  ["makes / of no path", "http://gate.example", "/"],
  ["makes / of no path before a query", "http://gate.example?a", "/?a"],
  ["keeps dot segments and double slashes", "http://gate.example//a/../b", "//a/../b"],
  ["refuses a foreign host", "http://evil.example/a", undefined],
  ["refuses userinfo", "http://gate.example@evil.example/a", undefined],
  ["refuses our host as userinfo's host", "http://u@gate.example/a", undefined],
  ["refuses a longer host", "http://gate.example.evil/a", undefined],
  ["refuses another scheme", "ftp://gate.example/a", undefined],
  ["refuses a longer scheme", "httpx://gate.example/a", undefined],
  ["refuses an empty host", "http:///a", undefined],
];

for (const [name, raw, path] of absolutes) {
  test(`S89: absolute form: ${name}`, () => assert.equal(originForm(raw, "gate.example"), path));
}
