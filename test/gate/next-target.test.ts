import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { landing, nextOfRefusal, nextTargetOf } from "../../src/gate/next-target.ts";
import { makeBase } from "../../src/http/public-base.ts";
import { exchange } from "../support/exchange.ts";

const rules = { gateBase: "", apiPrefixes: ["/api/"] };
const plain = makeBase("https", "gate.example", "");
const below = makeBase("https", "gate.example", "/hermes");

const kept: readonly string[] = [
  "/",
  "/sessions",
  "/sessions/7?tab=log&q=a%20b#line-3",
  "/search?q=https://other.example/",
  "/search?next=//evil.example",
  "/a//b",
  "/caf%C3%A9",
  "/a@b:c;d",
  "/loginfoo",
  "/apis",
  "/api",
  "/%252F%252Fevil.example",
  "/..a/...",
  `/${"a".repeat(2047)}`,
];

for (const next of kept) {
  test(`emits ${next.slice(0, 60)} unchanged`, () => {
    assert.equal(nextTargetOf(next, rules, plain), next);
    assert.equal(landing(next, plain), next);
  });
}

const refused: readonly [what: string, next: string][] = [
  ["an empty value", ""],
  ["a relative path", "sessions"],
  ["an absolute URL", "https://evil.example/"],
  ["a script", "javascript:alert(1)"],
  ["a scheme-relative URL", "//evil.example"],
  ["three slashes", "///evil.example"],
  ["a slash and a backslash", "/\\evil.example"],
  ["a leading backslash", "\\\\evil.example"],
  ["a backslash further on", "/a\\b"],
  ["an escaped backslash", "/%5cevil.example"],
  ["an escaped backslash further on", "/a%5Cb"],
  ["an escaped second slash", "/%2fevil.example"],
  ["an escaped second slash in capitals", "/%2Fevil.example"],
  ["a tab that parsers drop", "/\t/evil.example"],
  ["a line feed that parsers drop", "/\n/evil.example"],
  ["an escaped tab", "/%09/evil.example"],
  ["a header of its own", "/a\r\nSet-Cookie: b=c"],
  ["an escaped line break", "/a%0d%0aSet-Cookie:b=c"],
  ["an escaped line break in the query", "/a?b=%0D%0A"],
  ["a NUL", "/a%00"],
  ["DEL", "/a%7F"],
  ["a leading space", " /a"],
  ["a space", "/a b"],
  ["a character outside ASCII", "/caf\u00e9"],
  ["a full-width slash", "/\uff0fevil.example"],
  ["dots that leave two slashes", "/.//evil.example"],
  ["dots that climb to two slashes", "/a/..//evil.example"],
  ["escaped dots", "/%2e%2e//evil.example"],
  ["half-escaped dots", "/.%2E//evil.example"],
  ["two dots at its end", "/a/.."],
  ["escaped dots before a query", "/a/%2e%2e?b"],
  ["dots before an escaped slash", "/..%2f/evil.example"],
  ["2049 characters", `/${"a".repeat(2048)}`],
];

for (const [what, next] of refused) {
  test(`S28: refuses ${what}`, () => {
    assert.equal(nextTargetOf(next, rules, plain), undefined);
    assert.equal(landing(next, below), "/hermes/");
  });
}

const nowhere: readonly [what: string, next: string][] = [
  ["the login page", "/login"],
  ["the login page with a query", "/login?next=%2Fa"],
  ["the login page with a fragment", "/login#a"],
  ["the begin of a login", "/auth/login?provider=a"],
  ["an escaped own path", "/%6cogin"],
  ["a path under an API prefix", "/api/sessions"],
  ["an escaped path under an API prefix", "/%61pi/sessions"],
  ["one beside an escape that makes no text", "/%61pi/%ff"],
];

for (const [what, next] of nowhere) {
  test(`S29: no login leads to ${what}`, () => {
    assert.equal(nextTargetOf(next, rules, plain), undefined);
  });
}

test("S29: own paths are those under gate_base", () => {
  const moved = { ...rules, gateBase: "/gate" };
  assert.equal(nextTargetOf("/gate/login", moved, plain), undefined);
  assert.equal(nextTargetOf("/login", moved, plain), "/login");
});

const stripped: readonly [next: string, target: string | undefined][] = [
  ["/hermes/sessions?a", "/sessions?a"],
  ["/hermes", "/"],
  ["/hermes?a", "/?a"],
  ["/hermes#a", "/#a"],
  ["/hermes/hermes/a", "/hermes/a"],
  ["/hermesx", "/hermesx"],
  ["/sessions", "/sessions"],
  ["/hermes//evil.example", undefined],
  ["/hermes/%2fevil.example", undefined],
  ["/hermes/login", undefined],
  ["/hermes/api/x", undefined],
];

for (const [next, target] of stripped) {
  test(`takes one own prefix off ${next}`, () => {
    assert.equal(nextTargetOf(next, rules, below), target);
  });
}

test("S17: a landing carries the prefix once", () => {
  assert.equal(landing(nextTargetOf("/hermes/sessions", rules, below), below), "/hermes/sessions");
  assert.equal(landing(nextTargetOf("/sessions", rules, below), below), "/hermes/sessions");
  assert.equal(landing("", below), "/hermes/");
  assert.equal(landing(undefined, plain), "/");
});

const page = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
const script = { "sec-fetch-mode": "cors" };
const referer = "https://gate.example/sessions?a=1#b";

test("the next of a refused navigation is its own target", () => {
  const seen = exchange({ url: "/hermes/a?b=1", prefix: "/hermes", headers: { ...page, referer } });
  assert.equal(nextOfRefusal(seen, rules), "/a?b=1");
  assert.equal(nextOfRefusal(exchange({ method: "HEAD", url: "/a", headers: page }), rules), "/a");
});

test("the own prefix is not taken off twice", () => {
  const seen = exchange({ url: "/hermes/hermes/a", prefix: "/hermes", headers: page });
  assert.equal(nextOfRefusal(seen, rules), "/hermes/a");
});

test("a refused navigation to what no login may lead to has no next, whatever the Referer says", () => {
  assert.equal(
    nextOfRefusal(exchange({ url: "//evil.example", headers: { ...page, referer } }), rules),
    undefined,
  );
});

test("the next of every other request is the page that made it", () => {
  assert.equal(
    nextOfRefusal(exchange({ url: "/api/x", headers: { ...script, referer } }), rules),
    "/sessions?a=1#b",
  );
  assert.equal(
    nextOfRefusal(exchange({ method: "POST", url: "/x", headers: { ...page, referer } }), rules),
    "/sessions?a=1#b",
  );
  assert.equal(
    nextOfRefusal(exchange({ url: "/api/x", headers: { ...page, referer } }), rules),
    "/sessions?a=1#b",
  );
});

const referers: readonly [
  what: string,
  referer: string | undefined,
  prefix: string,
  next: string | undefined,
][] = [
  ["no Referer", undefined, "", undefined],
  ["a foreign Referer", "https://evil.example/a", "", undefined],
  ["a Referer of another scheme", "http://gate.example/a", "", undefined],
  ["a Referer of a longer host", "https://gate.example.evil/a", "", undefined],
  ["a Referer with our host as its user", "https://gate.example@evil.example/a", "", undefined],
  ["the origin alone", "https://gate.example/", "", "/"],
  ["a Referer under an API prefix", "https://gate.example/api/a", "", undefined],
  ["the login page as Referer", "https://gate.example/login?next=%2Fa", "", undefined],
  ["a Referer with our prefix", "https://gate.example/hermes/a", "/hermes", "/a"],
  [
    "a Referer of another site beside our prefix",
    "https://gate.example/other/a",
    "/hermes",
    undefined,
  ],
  ["a Referer that leaves two slashes", "https://gate.example//evil.example", "", undefined],
];

for (const [what, header, prefix, next] of referers) {
  test(`the next of a refused call with ${what} is ${next ?? "absent"}`, () => {
    const headers = header === undefined ? script : { ...script, referer: header };
    assert.equal(nextOfRefusal(exchange({ url: `${prefix}/api/x`, prefix, headers }), rules), next);
  });
}

const unit = fc.oneof(
  fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "%2f",
    "%5C",
    "%2e",
    "%09",
    "\t",
    "\n",
    "\r",
    "@",
    ":",
    "?",
    "#",
  ),
  fc.constantFrom("evil.example", "hermes", "http:", " ", "%", "\u00e9", "\u2028", "\uff0f", "\0"),
  fc.string({ minLength: 1, maxLength: 1 }),
);

test("S28: no value at all makes the Location leave the origin", () => {
  const any = fc.array(unit).map((parts) => `/${parts.join("")}`);
  fc.assert(
    fc.property(
      fc.oneof(any, fc.string(), fc.webUrl()),
      fc.constantFrom(plain, below),
      (claimed, base) => {
        const next = nextTargetOf(claimed, rules, base);
        for (const location of [landing(next, base), landing(claimed, base)]) {
          assert.match(location, /^\/[!-~]*$/);
          const landed = new URL(location, base.url("/"));
          assert.equal(landed.origin, base.origin);
          assert.ok(!landed.pathname.startsWith("//"));
          assert.ok(landed.pathname.startsWith(`${base.prefix}/`));
        }
        if (next !== undefined) assert.ok(claimed.endsWith(next.slice(1)), "emitted unchanged");
      },
    ),
    { numRuns: 2000 },
  );
});
