/** The command with a provider of the operator's own that has a bug: each sign-in that begins throws where nothing catches it. */
import type { TestContext } from "node:test";
import { type Command, start } from "./command.ts";
import { eventually } from "./eventually.ts";

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

/** Started, with these lines more in its file. Its `signIn` is the address that meets the bug. */
export async function startFaultyGate(
  t: TestContext,
  settings = "",
): Promise<Command & { readonly address: string; readonly signIn: string }> {
  const files = { "config.yaml": config + settings, "faulty.mjs": faulty };
  const gate = start(t, { files });
  const address = () => /"listen":"(http:[^"]+)"/.exec(gate.stdout())?.[1] ?? "";
  await eventually("the gate's banner", () => address() !== "");
  return { ...gate, address: address(), signIn: `${address()}/auth/login?provider=faulty` };
}
