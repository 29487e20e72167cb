import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestGate, replyOf } from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

test("says that sign-in is required, by whom, and which version it is", async () => {
  const { admit } = createTestGate({
    version: "1.2.3",
    providers: (runtime) => [
      gateProvider(runtime, { name: "two" }),
      gateProvider(runtime, { name: "one" }),
    ],
  });
  const reply = replyOf(await admit({ url: "/api/auth/status" }));
  assert.equal(reply.status, 200);
  const body = { auth_required: true, auth_providers: ["two", "one"], version: "1.2.3" };
  assert.deepEqual(JSON.parse(reply.body), body);
});

test("says with --insecure that none is", async () => {
  const { admit } = createTestGate({ insecure: true });
  const body = JSON.parse(replyOf(await admit({ url: "/api/auth/status" })).body);
  assert.equal(body.auth_required, false);
  assert.deepEqual(body.auth_providers, []);
});
