import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { makeIdentityKey, readIdentityKeys } from "../../src/proxy/identity-key.ts";
import { createTestGate, fieldsOf, navigates, replyOf, signedInAt } from "../support/gate.ts";

const keys = () => readIdentityKeys(makeIdentityKey() + makeIdentityKey());

test("answers with every key to anybody, and a dashboard verifies with them what verify hands out", async () => {
  const gate = createTestGate({ identityKeys: keys() });
  const reply = replyOf(await gate.admit({ url: "/auth/jwks.json" }));
  assert.equal(reply.status, 200);
  assert.deepEqual(fieldsOf(reply, "content-type"), ["application/json; charset=utf-8"]);
  const set = JSON.parse(reply.body);
  assert.equal(set.keys.length, 2);

  const browser = await signedInAt(gate);
  const verified = replyOf(await browser.ask("/auth/verify", { headers: navigates }));
  const [token = ""] = fieldsOf(verified, "x-hermes-identity");
  const { payload } = await jwtVerify(token, createLocalJWKSet(set), {
    issuer: "https://gate.example",
    audience: "dashboard",
    currentDate: new Date(gate.runtime.now()),
  });
  assert.deepEqual([payload.sub, payload["provider"]], ["ada", "idp"]);
});

test("follows the prefix and gate_base, and takes no other method", async () => {
  const gate = createTestGate({ identityKeys: keys(), gateBase: "/gate" });
  const url = "/gate/auth/jwks.json";
  assert.equal(replyOf(await gate.admit({ url, prefix: "/hermes" })).status, 200);
  assert.equal(replyOf(await gate.admit({ url, method: "HEAD" })).status, 200);
  assert.equal(replyOf(await gate.admit({ url, method: "POST" })).status, 405);
});

test("is the dashboard's path where identities are not signed", async () => {
  const gate = createTestGate();
  assert.equal(replyOf(await gate.admit({ url: "/auth/jwks.json" })).status, 401);
  const browser = await signedInAt(gate);
  assert.equal((await browser.ask("/auth/jwks.json")).kind, "forward");
});
