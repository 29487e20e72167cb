import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Reply } from "../../src/http/reply.ts";
import { pageReply } from "../../src/views/page.ts";

function header(reply: Reply, name: string): string | undefined {
  return reply.headers.find(([field]) => field === name)?.[1];
}

const page = pageReply({ status: 200, title: "A <title>", content: "<h1>Hello</h1>" });

test("S105: the policy allows the page's one style by its hash, and no script at all", () => {
  const styles = [...page.body.matchAll(/<style>([\s\S]*?)<\/style>/g)];
  assert.equal(styles.length, 1);
  const digest = createHash("sha256")
    .update(styles[0]?.[1] ?? "")
    .digest("base64");
  const policy = header(page, "Content-Security-Policy") ?? "";
  assert.ok(policy.includes(`style-src 'sha256-${digest}'`));
  assert.ok(policy.startsWith("default-src 'none';"));
  assert.ok(policy.includes("base-uri 'none'; form-action 'self'; frame-ancestors 'none'"));
  assert.doesNotMatch(policy, /script-src|unsafe/);
  assert.doesNotMatch(page.body, /<script|\son\w+=|style="/i);
});

test("S105, S107: a page is framed nowhere, kept nowhere and sniffed by nobody", () => {
  assert.equal(header(page, "X-Frame-Options"), "DENY");
  assert.equal(header(page, "Cache-Control"), "no-store");
  assert.equal(header(page, "Vary"), "Cookie");
  assert.equal(header(page, "X-Content-Type-Options"), "nosniff");
  assert.equal(header(page, "Referrer-Policy"), "same-origin");
  assert.equal(header(page, "Content-Type"), "text/html; charset=utf-8");
});

test("a page fetches nothing from anywhere", () => {
  assert.doesNotMatch(page.body, /https?:\/\/|\/\/[a-z]|@import|url\(/i);
});

test("a page names its language, its main part and how wide it is", () => {
  assert.match(page.body, /^<!doctype html>\n<html lang="en">/);
  assert.match(page.body, /<main[ >]/);
  assert.match(page.body, /name="viewport" content="width=device-width, initial-scale=1"/);
});

test("a page has one icon, an empty one, so that no browser asks the dashboard for its own", () => {
  assert.deepEqual(page.body.match(/<link\b[^>]*>/g), ['<link rel="icon" href="data:,">']);
});

test("the window's title is escaped", () => {
  assert.ok(page.body.includes("<title>A &lt;title&gt;</title>"));
});

test("a form may lead to the origins that the view names, and the view's fields come last", () => {
  const reply = pageReply({
    status: 403,
    title: "",
    content: "",
    headers: [["Set-Cookie", "a=b"]],
    formTargets: ["https://idp.example"],
  });
  assert.equal(reply.status, 403);
  assert.match(
    header(reply, "Content-Security-Policy") ?? "",
    /form-action 'self' https:\/\/idp\.example;/,
  );
  assert.deepEqual(reply.headers.at(-1), ["Set-Cookie", "a=b"]);
});
