import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorPage, errorPage } from "../../src/views/error.ts";
import { addressesOn, firstForm, linkWithClass } from "../support/page.ts";

const plain: ErrorPage = { status: 400, sentence: "It failed.", requestId: "req-1" };
const denied = {
  account: "jane@example.com",
  useAnotherHref: "/hermes/login",
  logoutAction: "/hermes/auth/logout",
  formTargets: ["https://idp.example"],
};

test("shows the sentence and the request id, and nothing to do where nothing can be done", () => {
  const { status, body } = errorPage(plain);
  assert.equal(status, 400);
  assert.match(body, /<p>It failed\.<\/p>/);
  assert.match(body, /Request <code>req-1<\/code>/);
  assert.doesNotMatch(body, /<a |<form|<blockquote/);
});

test("offers to try again", () => {
  const { body } = errorPage({ ...plain, tryAgainHref: "/auth/login?provider=a&next=%2Fb" });
  assert.equal(linkWithClass(body, "button"), "/auth/login?provider=a&next=%2Fb");
  assert.match(body, />Try again</);
});

test("S48: the provider's own text is escaped and cut to 200 characters", () => {
  const { body } = errorPage({ ...plain, providerText: `<b>${"\u{1f600}".repeat(300)}` });
  const [, shown = ""] = /<blockquote[^>]*>([^<]*)<\/blockquote>/.exec(body) ?? [];
  const characters = [...shown.replace("&lt;", "<").replace("&gt;", ">")];
  assert.equal(characters.length, 200);
  assert.equal(characters.slice(0, 3).join(""), "<b>");
  assert.equal(characters.at(-1), "\u2026");
  assert.ok(characters.slice(3, -1).every((character) => character === "\u{1f600}"));
});

test("S48: a text of 200 characters is shown whole", () => {
  const text = "a".repeat(200);
  assert.ok(errorPage({ ...plain, providerText: text }).body.includes(`>${text}<`));
});

test("a refused account sees who is signed in, another account and the way out", () => {
  const reply = errorPage({ ...plain, status: 403, denied });
  const { body } = reply;
  assert.equal(reply.status, 403);
  assert.match(body, /signed in as <bdi>jane@example\.com<\/bdi>/);
  assert.equal(linkWithClass(body, "button"), "/hermes/login");
  assert.match(body, />Use another account</);
  const form = firstForm(body, "https://gate.example/");
  assert.deepEqual(form, {
    action: "https://gate.example/hermes/auth/logout",
    method: "POST",
    fields: {},
  });
  const policy = reply.headers.find(([name]) => name === "Content-Security-Policy")?.[1];
  assert.match(policy ?? "", /form-action 'self' https:\/\/idp\.example;/);
});

test("S105: every value is escaped", () => {
  const hostile = `"><script>alert('x')</script>`;
  const pages = [
    errorPage({
      status: 400,
      sentence: hostile,
      requestId: hostile,
      providerText: hostile,
      tryAgainHref: hostile,
    }),
    errorPage({
      ...plain,
      denied: { ...denied, account: hostile, useAnotherHref: hostile, logoutAction: hostile },
    }),
  ];
  for (const { body } of pages) {
    assert.doesNotMatch(body, /<script/);
    assert.ok(addressesOn(body).includes(hostile));
  }
});

test("carries the header fields that it is given", () => {
  const { headers } = errorPage({ ...plain, status: 503, headers: [["Retry-After", "5"]] });
  assert.deepEqual(headers.at(-1), ["Retry-After", "5"]);
});
