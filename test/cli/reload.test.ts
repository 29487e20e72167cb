/** SIGHUP: what a running gate takes from a configuration that has changed, and what it does not. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { changesBetween } from "../../src/config/changes.ts";
import { start } from "../support/command.ts";
import { goodFile, loaded, temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";

async function dashboard(t: TestContext): Promise<string> {
  const server = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `127.0.0.1:${address.port}`;
}

test("SIGHUP takes new public paths, and keeps what there is with a mistake or a change that needs a restart", async (t) => {
  const folder = temporaryFolder(t);
  const common = `upstream: ${await dashboard(t)}\nlisten: 127.0.0.1:0\nproviders: [{ type: oidc, issuer: "https://idp.example", client_id: dash, allow: everyone }]\n`;
  const put = (more: string) => writeFileSync(join(folder, "config.yaml"), common + more);
  put("");
  const gate = start(t, { folder });
  const address = () => /"listen":"(http:[^"]+)"/.exec(gate.stdout())?.[1] ?? "";
  await eventually("the gate's banner", () => address() !== "");
  const status = async () => (await fetch(`${address()}/open`)).status;
  const hangup = async (line: string) => {
    gate.child.kill("SIGHUP");
    await eventually(line, () => gate.stdout().includes(line));
  };
  assert.equal(await status(), 401);

  put("public_paths: [/open]\n");
  await hangup('"changed":["public_paths"]');
  assert.equal(await status(), 200);

  put("public_paths: []\nbearer: nonsense\n");
  await hangup("the new configuration is not valid");
  assert.match(gate.stdout(), /\\"bearer\\" must be true or false/);
  assert.equal(await status(), 200, "the one before stays");

  put("public_paths: []\nallowed_hosts: [dash.example]\n");
  await hangup('"settings":["allowed_hosts"]');
  assert.equal(await status(), 200, "it is all or nothing");
});

test("tells the settings that differ: rules can be taken, a key or a provider cannot", (t) => {
  const folder = temporaryFolder(t);
  const read = (file: string) => loaded(t, { folder, file, mode: "read" });
  const before = read(goodFile);
  const changes = (file: string) => changesBetween(before, read(file));
  assert.deepEqual(changes(goodFile), { taken: [], fixed: [] });
  const rules = goodFile.replace("everyone", "{ emails: [a@x.example] }");
  assert.deepEqual(changes(rules).taken, ["allow"]);
  const secret = `${goodFile}session: { secret: ${"s".repeat(40)} }\n`;
  assert.deepEqual(changes(secret).fixed, ["session"]);
  const client = goodFile.replace("client_id: dash", "client_id: other");
  assert.deepEqual(changes(client).fixed, ["providers"]);
  const headers = `${goodFile}identity_headers: { X-User: email }\n`;
  assert.deepEqual(changes(headers).fixed, ["identity_headers"]);
});
