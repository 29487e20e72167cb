import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cookieFields,
  emptyReply,
  type HeaderField,
  htmlReply,
  jsonReply,
  type Reply,
  redirectReply,
  scriptReply,
  withHeaders,
} from "../../src/http/reply.ts";

const extra: readonly HeaderField[] = [["X-Extra", "1"]];
const policy =
  "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const ofPage: readonly HeaderField[] = [
  ["Content-Type", "text/html; charset=utf-8"],
  ["Content-Security-Policy", policy],
  ["X-Frame-Options", "DENY"],
];
const json: HeaderField = ["Content-Type", "application/json; charset=utf-8"];
const script: HeaderField = ["Content-Type", "text/javascript; charset=utf-8"];
const to: HeaderField = ["Location", "/login"];

interface Case {
  readonly kind: string;
  readonly reply: Reply;
  readonly status: number;
  readonly body: string;
  /** Its fields beside those of every answer. */
  readonly own: readonly HeaderField[];
}

const error = { error: "x" };
const replies: readonly Case[] = [
  ...[
    { kind: "a JSON answer", reply: jsonReply(401, error), own: [json] },
    { kind: "JSON with fields", reply: jsonReply(401, error, extra), own: [json, ...extra] },
  ].map((one) => ({ ...one, status: 401, body: '{"error":"x"}' })),
  ...[
    { kind: "a page", reply: htmlReply(200, "<p>"), own: ofPage },
    { kind: "a page with fields", reply: htmlReply(200, "<p>", extra), own: [...ofPage, ...extra] },
  ].map((one) => ({ ...one, status: 200, body: "<p>" })),
  ...[
    { kind: "a redirect", reply: redirectReply(303, "/login"), own: [to] },
    { kind: "one with fields", reply: redirectReply(303, "/login", extra), own: [to, ...extra] },
  ].map((one) => ({ ...one, status: 303, body: "" })),
  { kind: "an empty answer", reply: emptyReply(204), status: 204, body: "", own: [] },
  { kind: "one with fields", reply: emptyReply(204, extra), status: 204, body: "", own: extra },
  { kind: "a script", reply: scriptReply("1"), status: 200, body: "1", own: [script] },
];

for (const { kind, reply, status, body, own } of replies) {
  test(`S105, S107: ${kind} is stored by nobody, sniffed by nobody and says what it is`, () => {
    assert.equal(reply.status, status);
    assert.equal(reply.body, body);
    assert.deepEqual(reply.headers, [
      ["Cache-Control", "no-store"],
      ["Vary", "Cookie"],
      ["X-Content-Type-Options", "nosniff"],
      ["Referrer-Policy", "same-origin"],
      ...own,
    ]);
  });
}

test("S105: a page allows its own style and the targets of its forms, and nothing else", () => {
  const page = { styleHash: "sha256-x", formTargets: ["https://a.example", "https://b.example"] };
  const [, allowed] =
    htmlReply(200, "", [], page).headers.find(([name]) => name === "Content-Security-Policy") ?? [];
  assert.equal(
    allowed,
    "default-src 'none'; style-src 'sha256-x'; img-src 'self' data:; base-uri 'none'; form-action 'self' https://a.example https://b.example; frame-ancestors 'none'",
  );
});

test("each cookie is a field of its own, after the reply's", () => {
  const reply = withHeaders(emptyReply(204), cookieFields(["a=1", "b=2"]));
  assert.deepEqual(reply.headers.slice(-2), [
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ]);
});
