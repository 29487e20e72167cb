import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestGate, replyOf } from "../support/gate.ts";

const url = "/api/auth/providers";

test("lists the providers by name and display name", async () => {
  const reply = replyOf(await createTestGate().admit({ url }));
  assert.equal(reply.status, 200);
  assert.equal(
    reply.body,
    '{"providers":[{"name":"idp","display_name":"idp","supports_password":false}]}',
  );
});

for (const [name, options] of [
  ["without a provider", { providers: () => [] }],
  ["with --insecure", { insecure: true }],
] as const) {
  test(`is 503 ${name}`, async () => {
    const { admit } = createTestGate(options);
    await assert.rejects(admit({ url }), { code: "no_provider" });
  });
}
