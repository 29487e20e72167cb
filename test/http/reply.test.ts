import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cookieFields,
  emptyReply,
  htmlReply,
  jsonReply,
  type Reply,
  redirectReply,
  withHeaders,
} from "../../src/http/reply.ts";

const extra = [["X-Extra", "1"]] as const;
const replies: readonly [kind: string, reply: Reply, status: number, body: string][] = [
  ["a JSON answer", jsonReply(401, { error: "x" }, extra), 401, '{"error":"x"}'],
  ["a page", htmlReply(200, "<p>", extra), 200, "<p>"],
  ["a redirect", redirectReply(303, "/login", extra), 303, ""],
  ["an empty answer", emptyReply(204, extra), 204, ""],
];

for (const [kind, reply, status, body] of replies) {
  test(`S105, S107: ${kind} is stored by nobody, sniffed by nobody and carries what it is given`, () => {
    const fields = new Map(reply.headers.map(([name, value]) => [name, value]));
    assert.equal(reply.status, status);
    assert.equal(reply.body, body);
    assert.equal(fields.get("Cache-Control"), "no-store");
    assert.equal(fields.get("Vary"), "Cookie");
    assert.equal(fields.get("X-Content-Type-Options"), "nosniff");
    assert.equal(fields.get("Referrer-Policy"), "same-origin");
    assert.equal(fields.get("X-Extra"), "1");
  });
}

test("S105: a page without a style of its own allows none", () => {
  const policy = htmlReply(200, "").headers.find(([name]) => name === "Content-Security-Policy");
  assert.equal(
    policy?.[1],
    "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  );
});

test("a redirect names its location", () => {
  assert.ok(
    redirectReply(302, "/a").headers.some(([name, value]) => name === "Location" && value === "/a"),
  );
});

test("each cookie is a field of its own, after the reply's", () => {
  const reply = withHeaders(emptyReply(204), cookieFields(["a=1", "b=2"]));
  assert.deepEqual(reply.headers.slice(-2), [
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ]);
});
