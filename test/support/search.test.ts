/** The search itself: what it must find, in which shape, and what it must let pass. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findLeaks } from "./search.ts";

const opaque = "8Jk2mQz0vYt4sPq7Lw1xRb6Nc3Hd9Gf5AeUiOyTrWqE";
const head = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";
const sealed = `${head}..aaaaBBBBccccDDDD.eeeeFFFFggggHHHHiiiiJJJJ.kkkkLLLLmmmmNNNNoooo`;

const shapes: readonly (readonly [where: string, value: string, text: string])[] = [
  ["by itself", opaque, opaque],
  ["in a line of JSON", opaque, `{"path":"/x"}\n{"err":"no ${opaque}"}\n`],
  ["in a query", opaque, `GET /auth/callback?code=${opaque}&state=x`],
  ["without its header", sealed, "eeeeFFFFggggHHHHiiiiJJJJ"],
  ["behind the time of a login cookie", `mabc123~${sealed}`, `hermes_session_pkce_x=${sealed}`],
];

for (const [where, value, text] of shapes) {
  test(`S101: a secret is found ${where}, and not shown`, () => {
    const [leak] = findLeaks([{ kind: "code", value }], `before\n${text}\nafter`);
    assert.equal(leak?.kind, "code");
    assert.doesNotMatch(leak?.line ?? "", /GggHHHH|Lw1xRb6N|before|after/);
  });
}

const innocent: readonly (readonly [what: string, value: string, text: string])[] = [
  ["the beginning of a secret", opaque, opaque.slice(0, 20)],
  ["the header that all sealed values share", sealed, `${head}..`],
  ["a value too short to be random", "bob", "bob"],
];

for (const [what, value, text] of innocent) {
  test(`${what} is no leak`, () => {
    assert.deepEqual(findLeaks([{ kind: "x", value }], text), []);
  });
}
