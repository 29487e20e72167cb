import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestGate, fieldsOf, locationOf, replyOf } from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";
import { addressesOn } from "../support/page.ts";

const two = {
  providers: (runtime: Parameters<typeof gateProvider>[0]) => [
    gateProvider(runtime),
    gateProvider(runtime, { name: "other" }),
  ],
};

const buttons = (html: string) => {
  assert.equal(html.split('class="provider-btn"').length - 1, begins(html).length);
  return begins(html);
};

const begins = (html: string) =>
  addressesOn(html).filter((address) => address.includes("/auth/login"));

test("shows one provider-btn link a provider, in order, without script or cookie", async () => {
  const { admit } = createTestGate(two);
  const reply = replyOf(await admit({ url: "/login" }));
  assert.equal(reply.status, 200);
  assert.deepEqual(buttons(reply.body), ["/auth/login?provider=idp", "/auth/login?provider=other"]);
  assert.doesNotMatch(reply.body, /<script/);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
});

test("S29: its links carry a good next, without the prefix, and no other", async () => {
  const { admit } = createTestGate();
  const linkFor = async (next: string) => {
    const url = `/login?next=${encodeURIComponent(next)}`;
    const reply = replyOf(await admit({ url, prefix: "/hermes" }));
    return buttons(reply.body)[0];
  };
  const begin = "/hermes/auth/login?provider=idp";
  assert.equal(await linkFor("/a?b=1&c=2"), `${begin}&next=%2Fa%3Fb%3D1%26c%3D2`);
  assert.equal(await linkFor("/hermes/a"), `${begin}&next=%2Fa`);
  for (const next of ["//evil.example", "https://evil.example", "/api/x", "/auth/login", '"<x>']) {
    assert.equal(await linkFor(next), begin, next);
  }
});

test("S105: escapes what the configuration names", async () => {
  const title = `<b>"Ada's" & co</b>`;
  const { admit } = createTestGate({ login: { title } });
  const { body } = replyOf(await admit({ url: "/login" }));
  assert.ok(body.includes("&lt;b&gt;&quot;Ada&#39;s&quot; &amp; co&lt;/b&gt;"));
  assert.doesNotMatch(body, /<b>/);
});

test("auto_redirect begins at the only provider, and keeps next", async () => {
  const { admit } = createTestGate({ login: { autoRedirect: true } });
  const reply = replyOf(await admit({ url: "/login?next=%2Fa" }));
  assert.equal(reply.status, 302);
  assert.equal(locationOf(reply), "/auth/login?provider=idp&next=%2Fa");
});

test("S71: auto_redirect leaves who has signed out, or has a choice, on the page", async () => {
  const one = createTestGate({ login: { autoRedirect: true } });
  const signedOut = replyOf(await one.admit({ url: "/login?logged_out=1" }));
  assert.equal(signedOut.status, 200);
  assert.match(signedOut.body, /signed out/i);
  const several = createTestGate({ ...two, login: { autoRedirect: true } });
  assert.equal(replyOf(await several.admit({ url: "/login" })).status, 200);
});

test("without a provider says 200 that sign-in is unavailable", async () => {
  for (const options of [{ insecure: true }, { providers: () => [] }]) {
    const { admit } = createTestGate({ ...options, login: { autoRedirect: true } });
    const reply = replyOf(await admit({ url: "/login" }));
    assert.equal(reply.status, 200);
    assert.match(reply.body, /Sign-in unavailable/);
    assert.deepEqual(buttons(reply.body), []);
  }
});
