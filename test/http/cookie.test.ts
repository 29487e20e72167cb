import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CookieAttributes,
  cookieNames,
  cookieValues,
  serializeCookie,
  setCookieName,
  withoutCookies,
} from "../../src/http/cookie.ts";

const plain: CookieAttributes = {
  path: "/",
  secure: false,
  maxAge: 600,
  httpOnly: true,
  sameSite: "Lax",
};

const readings: readonly [name: string, header: string, values: readonly string[]][] = [
  ["finds one cookie among others", "a=1; sid=x; b=2", ["x"]],
  ["gives every value of a repeated name in order", "sid=1; a=2; sid=3", ["1", "3"]],
  ["keeps everything after the first equals sign", "sid=a=b==", ["a=b=="]],
  ["trims space and tab around name and value", "a=1;\t sid \t= x \t;b=2", ["x"]],
  ["S52: trims no other white space", "a=1;\u00a0sid=x;\fsid=y", []],
  ["S52: compares names in exact case", "SID=x; Sid=y", []],
  ["S52: takes no longer name for it", "xsid=1; sidx=2; __Host-sid=3", []],
  ["S52: takes no value for it", "a=sid=1; b=x sid=2", []],
  ["S52: lets no comma start a pair", "a=1, sid=2", []],
  ["S52: lets no quotes hide a pair", 'a="1; sid=x; b"', ["x"]],
  ["takes a bare word for no cookie", "sid; a=1", []],
  ["reads an empty value", "sid=; a=1", [""]],
  ["finds nothing in an empty header", "", []],
];

for (const [name, header, values] of readings) {
  test(`cookieValues: ${name}`, () => {
    assert.deepEqual(cookieValues(header, "sid"), values);
  });
}

test("S52: a nameless pair is neither read nor named", () => {
  assert.deepEqual(cookieNames("=x; =__Host-sid=y; bare; a=1"), ["a"]);
  assert.deepEqual(cookieValues("=x; a=1", ""), []);
  assert.deepEqual(cookieValues("=__Host-sid=y", "__Host-sid"), []);
});

const removals: readonly [name: string, header: string, left: string][] = [
  ["cuts a cookie out of the middle", "a=1; gate=x; b=2", "a=1; b=2"],
  ["cuts the first", "gate=x; a=1", "a=1"],
  ["cuts the last", "a=1; gate=x", "a=1"],
  ["cuts every one of a repeated name", "gate=x; a=1; gate=y", "a=1"],
  ["leaves no trace of the empty pairs beside it", "a=1;; gate=x; ; b=2", "a=1; b=2"],
  ["cuts a name with blanks around it", "a=1;\tgate = x", "a=1"],
  ["leaves nothing of a header of its own cookies", "gate=x; gate=y", ""],
  ["leaves the others byte for byte", 'gate=x; q="a b"; w=%20=;bare', 'q="a b"; w=%20=; bare'],
  ["gives a header without them back unchanged", " a=1;;b = 2 ", " a=1;;b = 2 "],
];

for (const [name, header, left] of removals) {
  test(`withoutCookies ${name}`, () => {
    assert.equal(
      withoutCookies(header, (cookie) => cookie === "gate"),
      left,
    );
  });
}

test("withoutCookies asks about names alone, and leaves what has none", () => {
  assert.equal(
    withoutCookies("=x; a=1; bare", () => true),
    "=x; bare",
  );
});

const setNames: readonly [name: string, field: string, cookie: string][] = [
  ["reads the name before the first equals sign", "sid=a=b; Path=/", "sid"],
  ["trims it", " \tsid \t=x", "sid"],
  ["sees through a nameless pair to the name that comes back", "=sid=x; Path=/", "sid"],
  ["finds no name in a bare word", "sid; Path=/x=y", ""],
];

for (const [name, field, cookie] of setNames) {
  test(`setCookieName ${name}`, () => {
    assert.equal(setCookieName(field), cookie);
  });
}

test("a cookie is written with all its attributes", () => {
  assert.equal(
    serializeCookie("__Secure-sid", "abc", { ...plain, path: "/hermes", secure: true }),
    "__Secure-sid=abc; Max-Age=600; Path=/hermes; Secure; HttpOnly; SameSite=Lax",
  );
  assert.equal(
    serializeCookie("__Host-sid", "abc", { ...plain, secure: true }),
    "__Host-sid=abc; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax",
  );
  assert.equal(
    serializeCookie("sid", "", { ...plain, maxAge: 0 }),
    "sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
  );
});

const refusals: readonly [string, string, string, Partial<CookieAttributes>, RegExp][] = [
  ["an empty name", "", "x", {}, /no token/],
  ["a name with a separator", "a;b", "x", {}, /no token/],
  ["a name with an equals sign", "a=b", "x", {}, /no token/],
  ["a value with a semicolon", "a", "x; Domain=evil", {}, /forbidden character/],
  ["a value with a space", "a", "x y", {}, /forbidden character/],
  ["a value with a quote", "a", '"x"', {}, /forbidden character/],
  ["a value with a line break", "a", "x\r\ny", {}, /forbidden character/],
  ["a value that ends in a line break", "a", "x\n", {}, /forbidden character/],
  ["a value outside ASCII", "a", "\u00e9", {}, /forbidden character/],
  ["a path that starts elsewhere", "a", "x", { path: "hermes" }, /malformed path/],
  ["a path whose slash comes later", "a", "x", { path: "hermes/" }, /malformed path/],
  ["a path with a semicolon", "a", "x", { path: "/;Domain=evil" }, /malformed path/],
  ["an age that is no whole number", "a", "x", { maxAge: 1.5 }, /whole number/],
  ["an age below zero", "a", "x", { maxAge: -1 }, /whole number/],
  ["__Host- without Secure", "__Host-a", "x", {}, /needs Secure/],
  ["__Secure- without Secure", "__secure-a", "x", {}, /needs Secure/],
  ["__Host- below a prefix", "__HOST-a", "x", { secure: true, path: "/p" }, /needs the path/],
];

for (const [what, name, value, attributes, message] of refusals) {
  test(`serializeCookie refuses ${what}`, () => {
    assert.throws(() => serializeCookie(name, value, { ...plain, ...attributes }), {
      name: "TypeError",
      message,
    });
  });
}

const token = fc.stringMatching(/^[A-Za-z0-9_.~!-]{1,12}$/);
const octets = fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,40}$/);

test("S52: what is written is read back, whatever stands beside it", () => {
  fc.assert(
    fc.property(token, octets, fc.array(fc.tuple(token, octets)), (name, value, others) => {
      const written = serializeCookie(name, value, plain).split("; ")[0] ?? "";
      const pairs = others.filter(([other]) => other !== name).map(([n, v]) => `${n}=${v}`);
      const header = [...pairs.slice(0, 2), written, ...pairs.slice(2)].join("; ");
      assert.deepEqual(cookieValues(header, name), [value]);
      assert.equal(setCookieName(written), name);
      assert.equal(
        withoutCookies(header, (cookie) => cookie === name),
        pairs.join("; "),
      );
    }),
  );
});

test("S52: of any header at all, the three readers agree on what is a cookie", () => {
  const any = fc.string({ unit: fc.constantFrom("a", "b", "=", ";", " ", "\t", ",", '"') });
  fc.assert(
    fc.property(any, (header) => {
      const names = cookieNames(header);
      for (const name of names) assert.ok(cookieValues(header, name).length > 0);
      const count = names.filter((name) => name === "a").length;
      assert.equal(cookieValues(header, "a").length, count);
      assert.deepEqual(cookieNames(withoutCookies(header, () => true)), []);
      assert.deepEqual(
        cookieNames(withoutCookies(header, (name) => name === "a")),
        names.filter((name) => name !== "a"),
      );
    }),
  );
});
