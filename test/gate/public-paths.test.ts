import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compilePublicPaths } from "../../src/gate/public-paths.ts";
import { parseTarget, type Target } from "../../src/http/target.ts";

function target(raw: string, prefix = "", fromHeader = false): Target {
  const parsed = parseTarget(raw, { value: prefix, fromHeader, keep: false });
  assert.ok(parsed);
  return parsed;
}

const extra = ["GET,POST   /spaced", "POST /only"];
const entries = [
  ...extra,
  "/healthz",
  "/static/",
  "POST /hooks/",
  "GET,POST /x",
  "UPGRADE /live",
  "PUT /x",
];
const compiled = compilePublicPaths(entries);

const requests: readonly [method: string, raw: string, isPublic: boolean][] = [
  ["GET", "/healthz", true],
  ["HEAD", "/healthz", true],
  ["GET", "/healthz?a=/../b;", true],
  ["POST", "/healthz", false],
  ["OPTIONS", "/healthz", false],
  ["get", "/healthz", false],
  ["GET", "/healthz/", false],
  ["GET", "/healthzx", false],
  ["GET", "/Healthz", false],
  ["GET", "/a/healthz", false],
  ["GET", "/a?/healthz", false],
  ["GET", "/static/", true],
  ["GET", "/static/a/b.css", true],
  ["GET", "/static", false],
  ["GET", "/staticx/a", false],
  ["GET", "/st%61tic/a", false],
  ["POST", "/hooks/a", true],
  ["GET", "/hooks/a", false],
  ["GET", "/x", true],
  ["HEAD", "/x", true],
  ["POST", "/x", true],
  ["PUT", "/x", true],
  ["DELETE", "/x", false],
  ["GET", "/live", false],
  ["UPGRADE", "/live", false],
  ["GET", "/", false],
  ["POST", "/spaced", true],
  ["POST", "/only", true],
  ["HEAD", "/only", false],
];

for (const [method, raw, isPublic] of requests) {
  test(`S2, S7: ${method} ${raw} is ${isPublic ? "public" : "not public"}`, () => {
    assert.equal(compiled.match(method, target(raw), false), isPublic);
  });
}

const walks = [
  "/static/../admin",
  "/static/./a",
  "/static//a",
  "//static/a",
  "/static/..;/admin",
  "/static\\..\\admin",
  "/static/%2e%2e/admin",
  "/static/..%2fadmin",
  "/static/%5c..%5cadmin",
  "/static/%252e%252e/admin",
  "/static/a%00",
  "/static/%c0%ae%c0%ae/admin",
];

for (const raw of walks) {
  test(`S3, S4: ${raw} is not public`, () => {
    assert.equal(compiled.match("GET", target(raw), false), false);
  });
}

test("S17: a prefix that a header claimed opens no public path", () => {
  assert.equal(compiled.match("GET", target("/p/static/a", "/p", true), false), false);
  assert.equal(compiled.match("GET", target("/p/static/a", "/p", false), false), true);
  assert.equal(compiled.match("GET", target("/static/a", "/p", true), false), true);
});

test("S74: an upgrade is public only where UPGRADE is listed", () => {
  assert.equal(compiled.match("GET", target("/live"), true), true);
  assert.equal(compiled.match("GET", target("/healthz"), true), false);
  assert.equal(compiled.match("GET", target("/static/a"), true), false);
  assert.equal(compiled.match("GET", target("/x"), true), false);
  const both = compilePublicPaths(["GET,UPGRADE /both"]);
  assert.equal(both.match("GET", target("/both"), true), true);
  assert.equal(both.match("GET", target("/both"), false), true);
});

test("without entries nothing is public", () => {
  const none = compilePublicPaths([]);
  assert.deepEqual(none.problems, []);
  for (const upgrade of [true, false]) assert.equal(none.match("GET", target("/"), upgrade), false);
});

test("all good entries are without problems", () => assert.deepEqual(compiled.problems, []));

const bad: readonly [what: string, entry: string, problem: RegExp][] = [
  ["a blank entry", "", /must be a path.*got ""/],
  ["a path without its slash", "healthz", /must be a path.*Start the path with/],
  ["a blank path", "GET ", /must be a path/],
  ["a space in the path", "/a b", /must be a path/],
  ["a method in small letters", "get /a", /in capitals.*got "get \/a"/],
  ["blanks in the list", "GET, POST /a", /must be a path/],
  ["an empty method", "GET,,POST /a", /in capitals/],
  ["a method that begins in small letters", "xGET /a", /in capitals/],
  ["a method that ends in small letters", "GETx /a", /in capitals/],
  [
    "a method that is never forwarded",
    "TRACE /a",
    /must not list TRACE, got "TRACE \/a"\. The gate never forwards it\.$/,
  ],
  ["a method that opens a tunnel", "GET,CONNECT /a", /must not list CONNECT/],
  ["everything", "/", /must not make every path public/],
  ["everything for a method", "POST /", /must not make every path public/],
  ["a wildcard", "/static/*", /no wildcards/],
  ["a query", "/a?b", /queries are never judged/],
  ["a fragment", "/a#b", /queries are never judged/],
  ["a dot segment", "/static/../a", /plain path/],
  ["a double slash", "/static//", /plain path/],
  ["a semicolon", "/a;b", /plain path/],
  ["an escaped slash", "/a%2fb", /plain path/],
];

for (const [what, entry, problem] of bad) {
  test(`S117: refuses ${what} and names it`, () => {
    const { problems, match } = compilePublicPaths(["/good", entry]);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^"public_paths\[1\]" must /);
    assert.match(problems[0] ?? "", problem);
    assert.equal(match("GET", target("/good"), false), true);
    assert.equal(match("GET", target("/a"), false), false);
  });
}

test("S3: a folder is never public beyond itself, whatever follows it", () => {
  const unit = fc.constantFrom(
    "/",
    "..",
    ".",
    "%2e",
    "%2f",
    ";",
    "\\",
    "admin",
    "static",
    "%00",
    "?",
  );
  fc.assert(
    fc.property(fc.string({ unit }), (rest) => {
      const judged = target(`/static/${rest}`);
      if (!compiled.match("GET", judged, false)) return;
      const read = new URL(judged.forward, "http://gate.example").pathname;
      assert.ok(read.startsWith("/static/"));
      assert.ok(decodeURIComponent(read).startsWith("/static/"));
    }),
  );
});
