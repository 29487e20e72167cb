import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBase } from "../../src/http/public-base.ts";
import {
  createCookieTable,
  deleteCookie,
  secondsUntil,
  setCookie,
} from "../../src/session/cookie-table.ts";

const table = createCookieTable("hermes_session");

const shapes = [
  ["http", "", "hermes_session_at", "Path=/; HttpOnly; SameSite=Lax"],
  ["http", "/hermes", "hermes_session_at", "Path=/hermes; HttpOnly; SameSite=Lax"],
  ["https", "", "__Host-hermes_session_at", "Path=/; Secure; HttpOnly; SameSite=Lax"],
  [
    "https",
    "/hermes",
    "__Secure-hermes_session_at",
    "Path=/hermes; Secure; HttpOnly; SameSite=Lax",
  ],
] as const;

for (const [scheme, prefix, name, attributes] of shapes) {
  test(`S49: sets ${name} over ${scheme} under the prefix "${prefix}"`, () => {
    const base = makeBase(scheme, "gate.example", prefix);
    assert.equal(table.nameFor(base, "at"), name);
    assert.equal(setCookie(base, name, "v", 60), `${name}=v; Max-Age=60; ${attributes}`);
  });
}

const deletions = [
  ["https", "/hermes", "__Host-hermes_session_rt", "Path=/; Secure; HttpOnly; SameSite=Lax"],
  [
    "https",
    "/hermes",
    "__Secure-hermes_session_rt",
    "Path=/hermes; Secure; HttpOnly; SameSite=Lax",
  ],
  ["https", "/hermes", "hermes_session_rt", "Path=/hermes; Secure; HttpOnly; SameSite=Lax"],
  ["http", "/hermes", "__Host-hermes_session_rt", "Path=/; Secure; HttpOnly; SameSite=Lax"],
  ["http", "/hermes", "__Secure-hermes_session_rt", "Path=/hermes; Secure; HttpOnly; SameSite=Lax"],
  ["http", "/hermes", "hermes_session_rt", "Path=/hermes; HttpOnly; SameSite=Lax"],
] as const;

for (const [scheme, prefix, name, attributes] of deletions) {
  test(`S53: deletes ${name} over ${scheme} with the attributes that its name demands`, () => {
    const base = makeBase(scheme, "gate.example", prefix);
    assert.equal(deleteCookie(base, name), `${name}=; Max-Age=0; ${attributes}`);
  });
}

test("S50: reads the bare name over http alone", () => {
  assert.deepEqual(table.readNames("https", "at"), [
    "__Host-hermes_session_at",
    "__Secure-hermes_session_at",
  ]);
  assert.deepEqual(table.readNames("http", "at"), [
    "__Host-hermes_session_at",
    "__Secure-hermes_session_at",
    "hermes_session_at",
  ]);
});

const ours = ["at", "rt", "at.1", "rt.3", "at.17", "pkce_abc", "pkce_"];
for (const kind of ours) {
  for (const variant of ["", "__Host-", "__Secure-"]) {
    test(`S26: takes ${variant}hermes_session_${kind} for the gate's`, () => {
      assert.equal(table.isGateCookie(`${variant}hermes_session_${kind}`), true);
    });
  }
}

const others = [
  "hermes_session",
  "hermes_session_",
  "hermes_session_a",
  "hermes_session_att",
  "hermes_session_theme",
  "hermes_session_pkce",
  "my_hermes_session_at",
  "__host-hermes_session_at",
  "__Host-__Secure-hermes_session_at",
  "Hermes_session_at",
  "_hermes_session_at",
  "",
];
for (const name of others) {
  test(`S26: leaves "${name}" to the dashboard`, () => {
    assert.equal(table.isGateCookie(name), false);
  });
}

test("tells session cookies from login cookies", () => {
  assert.equal(table.isSessionCookie("__Host-hermes_session_rt.1"), true);
  assert.equal(table.isLoginCookie("__Host-hermes_session_rt.1"), false);
  assert.equal(table.isSessionCookie("hermes_session_pkce_x"), false);
  assert.equal(table.isLoginCookie("hermes_session_pkce_x"), true);
});

test("takes another stem for another gate's", () => {
  const other = createCookieTable("grafana");
  assert.equal(other.isGateCookie("grafana_at"), true);
  assert.equal(other.isGateCookie("hermes_session_at"), false);
});

test("never gives an age of zero, which would delete", () => {
  assert.equal(secondsUntil(10_000, 10_000), 1);
  assert.equal(secondsUntil(9_000, 10_000), 1);
  assert.equal(secondsUntil(10_001, 10_000), 1);
  assert.equal(secondsUntil(11_001, 10_000), 2);
});
