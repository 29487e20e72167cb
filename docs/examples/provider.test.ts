/** The example against its service, by the suite that the gate's own providers pass: `node --test provider.test.ts`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNetwork, makePlugIn, testProvider } from "hermes-gate/testing";
import factory from "./provider.ts";
import { startService } from "./service.ts";

testProvider("acme", async (t, redirectUri) => {
  const service = await startService(900);
  t.after(() => service.close());
  const network = createNetwork(`${service.url}/token`);
  const options = { client_id: "dash", service: service.url };
  return {
    ...network,
    provider: await makePlugIn(factory, { name: "acme", options, fetch: network.fetch }),
    userIds: ["acme-alice", "acme-bob"],
    accessTokenSeconds: 900,
    async signIn(url, person) {
      service.person = person;
      const { headers } = await fetch(url, { redirect: "manual" });
      return new URL(headers.get("location") ?? redirectUri);
    },
    revokeAll: service.revokeAll,
  };
});

test("says which setting is missing", async () => {
  const { fetch } = createNetwork("https://accounts.acme.example/token");
  const made = makePlugIn(factory, { name: "acme", options: { client_id: "dash" }, fetch });
  await assert.rejects(made, /"service" must be the URL/);
});
