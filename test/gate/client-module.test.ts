/** The browser module as it is served; what it does is in `test/browser`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestGate, fetches, fieldsOf, replyOf } from "../support/gate.ts";

test("is served as a script, without a session, below any prefix", async () => {
  for (const prefix of ["", "/hermes"]) {
    const browser = createTestGate().browser(`https://gate.example${prefix}`);
    const reply = replyOf(await browser.ask("/auth/client.js", { headers: fetches }));
    assert.equal(reply.status, 200);
    assert.deepEqual(fieldsOf(reply, "content-type"), ["text/javascript; charset=utf-8"]);
    assert.deepEqual(fieldsOf(reply, "x-content-type-options"), ["nosniff"]);
    assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
  }
});

test("is a module of plain JavaScript that imports nothing", async () => {
  const { body } = replyOf(await createTestGate().browser().ask("/auth/client.js"));
  const resolved = body.replaceAll("import.meta.url", '"https://dash.example/auth/client.js"');
  const module = await import(`data:text/javascript,${encodeURIComponent(resolved)}`);
  const names = ["createClient", "fetch", "hasLiveSession", "logout", "me", "ticketUrl", "ws"];
  assert.deepEqual(Object.keys(module).toSorted(), names);
  assert.doesNotMatch(body, /\bimport\b(?!\.meta)/);
});

test("is asked for at its own path alone", async () => {
  const browser = createTestGate().browser();
  for (const path of ["/auth/client.js/", "/auth/client.jsx", "/auth/Client.js"]) {
    assert.equal(replyOf(await browser.ask(path, { headers: fetches })).status, 401, path);
  }
});
