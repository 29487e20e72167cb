import assert from "node:assert/strict";
import { test } from "node:test";
import { loginPage } from "../../src/views/login.ts";
import { addressesOn, linkWithClass } from "../support/page.ts";

const nous = { name: "nous", displayName: "Nous", href: "/auth/login?provider=nous&next=%2Fa" };
const other = { name: "oidc", displayName: "Example", href: "/auth/login?provider=oidc" };

test("shows a link for each provider, in order", () => {
  const { status, body } = loginPage({
    title: "Sign in",
    loggedOut: false,
    providers: [nous, other],
  });
  assert.equal(status, 200);
  assert.equal(body.match(/<a class="provider-btn"/g)?.length, 2);
  assert.deepEqual(addressesOn(body).slice(-2), [nous.href, other.href]);
  assert.equal(linkWithClass(body, "provider-btn"), nous.href);
  assert.match(body, /Continue with Nous<[\s\S]*Continue with Example</);
});

test("says that the visitor is signed out, and only then", () => {
  const page = (loggedOut: boolean) =>
    loginPage({ title: "Sign in", loggedOut, providers: [nous] }).body;
  assert.match(page(true), /role="status">You are signed out\.</);
  assert.doesNotMatch(page(false), /signed out/);
});

test("without a provider says that sign-in is unavailable, with status 200 and no link", () => {
  const { status, body } = loginPage({ title: "Sign in", loggedOut: false, providers: [] });
  assert.equal(status, 200);
  assert.match(body, /<h1>Sign-in unavailable<\/h1>/);
  assert.doesNotMatch(body, /<a /);
});

test("S105: configured names are escaped like any other text", () => {
  const hostile = `"><script>alert('x')</script>`;
  const { body } = loginPage({
    title: hostile,
    loggedOut: false,
    providers: [{ name: hostile, displayName: hostile, href: `/auth/login?provider=${hostile}` }],
  });
  assert.doesNotMatch(body, /<script/);
  assert.equal(linkWithClass(body, "provider-btn"), `/auth/login?provider=${hostile}`);
});
