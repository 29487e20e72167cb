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
    assert.equal(compiled.match(method, target(raw)), isPublic);
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
    assert.equal(compiled.match("GET", target(raw)), false);
  });
}

test("S17: a prefix that a header claimed opens no public path", () => {
  assert.equal(compiled.match("GET", target("/p/static/a", "/p", true)), false);
  assert.equal(compiled.match("GET", target("/p/static/a", "/p", false)), true);
  assert.equal(compiled.match("GET", target("/static/a", "/p", true)), true);
});

test("S74: an upgrade is public only where UPGRADE is listed", () => {
  assert.equal(compiled.matchUpgrade(target("/live")), true);
  assert.equal(compiled.matchUpgrade(target("/healthz")), false);
  assert.equal(compiled.matchUpgrade(target("/static/a")), false);
  assert.equal(compiled.matchUpgrade(target("/x")), false);
  const both = compilePublicPaths(["GET,UPGRADE /both"]);
  assert.equal(both.matchUpgrade(target("/both")), true);
  assert.equal(both.match("GET", target("/both")), true);
});

test("without entries nothing is public", () => {
  const none = compilePublicPaths([]);
  assert.deepEqual(none.problems, []);
  assert.equal(none.match("GET", target("/")), false);
  assert.equal(none.matchUpgrade(target("/")), false);
});

test("all good entries are without problems", () => assert.deepEqual(compiled.problems, []));

const notPath = 'must be a path, or methods and a path such as "GET,POST /hooks/"';
const notMethods = "must list methods in capitals with commas between";
const notPlain = "must be a plain path";
const notExact = 'must be an exact path, or a folder that ends in "/"';

const bad: readonly [what: string, entry: string, rule: string][] = [
  ["a blank entry", "", notPath],
  ["a path without its slash", "healthz", notPath],
  ["a blank path", "GET ", notPath],
  ["a space in the path", "/a b", notPath],
  ["a method in small letters", "get /a", notMethods],
  ["blanks in the list", "GET, POST /a", notPath],
  ["an empty method", "GET,,POST /a", notMethods],
  ["a method that begins in small letters", "xGET /a", notMethods],
  ["a method that ends in small letters", "GETx /a", notMethods],
  ["a method that is never forwarded", "TRACE /a", "must not list TRACE"],
  ["a method that opens a tunnel", "GET,CONNECT /a", "must not list CONNECT"],
  ["everything", "/", "must not make every path public"],
  ["everything for a method", "POST /", "must not make every path public"],
  ["a wildcard", "/static/*", notExact],
  ["a query", "/a?b", notExact],
  ["a fragment", "/a#b", notExact],
  ["a dot segment", "/static/../a", notPlain],
  ["a double slash", "/static//", notPlain],
  ["a semicolon", "/a;b", notPlain],
  ["an escaped slash", "/a%2fb", notPlain],
];

for (const [what, entry, rule] of bad) {
  test(`S117: refuses ${what}, with its place, the rule and the mend`, () => {
    const { problems, match } = compilePublicPaths(["/good", entry]);
    assert.deepEqual(
      problems.map((problem) => [problem.index, problem.rule]),
      [[1, rule]],
    );
    assert.match(problems[0]?.mend ?? "", /^(?:start|write|leave|list) /);
    assert.equal(match("GET", target("/good")), true);
    assert.equal(match("GET", target("/a")), false);
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
      if (!compiled.match("GET", judged)) return;
      const read = new URL(judged.forward, "http://gate.example").pathname;
      assert.ok(read.startsWith("/static/"));
      assert.ok(decodeURIComponent(read).startsWith("/static/"));
    }),
  );
});
