/** What the process does about a bug that nothing catches: here in a provider that the operator has brought. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";

const faulty = `
export default ({ name }) => ({
  name,
  displayName: "Faulty",
  startLogin: async ({ state }) => {
    setTimeout(() => { throw new Error("nobody catches this"); });
    return { url: "https://idp.example/authorize", secrets: { state, verifier: "v", nonce: "n" } };
  },
  completeLogin: async () => { throw new Error("unused"); },
  refresh: async () => { throw new Error("unused"); },
});
`;

const config = `
upstream: ":1"
listen: "127.0.0.1:0"
drain_timeout_seconds: 20
allow: everyone
providers: [{ module: ./faulty.mjs, name: faulty }]
`;

test("S100: after a bug that nothing caught the gate says so, answers what is under way and ends with exit code 1", async (t) => {
  const files = { "config.yaml": config, "faulty.mjs": faulty };
  const { stdout, ended } = start(t, { files });
  const address = () => /"listen":"(http:[^"]+)"/.exec(stdout())?.[1];
  await eventually("the gate's banner", () => address() !== undefined);

  const answer = await fetch(`${address()}/auth/login?provider=faulty`, { redirect: "manual" });

  assert.equal(answer.status, 302);
  const { code, stderr } = await ended;
  assert.equal(code, 1, stderr);
  assert.match(stdout(), /"level":"error".*nobody catches this/);
});
