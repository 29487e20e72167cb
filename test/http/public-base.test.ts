import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBase } from "../../src/http/public-base.ts";

test("S17: paths and addresses carry the prefix once", () => {
  const base = makeBase("https", "gate.example:8443", "/hermes");
  assert.equal(base.origin, "https://gate.example:8443");
  assert.equal(base.href("/login"), "/hermes/login");
  assert.equal(base.url("/auth/callback"), "https://gate.example:8443/hermes/auth/callback");
});

test("without a prefix paths stay as they are", () => {
  const base = makeBase("http", "127.0.0.1:4180", "");
  assert.equal(base.href("/login"), "/login");
  assert.equal(base.url("/"), "http://127.0.0.1:4180/");
});
