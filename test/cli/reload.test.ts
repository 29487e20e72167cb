/** SIGHUP: what a running gate takes from a configuration that has changed, and what it does not. */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { changesBetween, withLastingKeys } from "../../src/config/changes.ts";
import { start } from "../support/command.ts";
import { goodFile, loaded, temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";
import { listening } from "../support/listening.ts";

const dashboard = (t: TestContext) =>
  listening(
    t,
    createServer((_, response) => response.end("hello")),
  );

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

  put("public_paths: []\nstore: redis://127.0.0.1:1\n");
  await hangup('"settings":["store"]');
  assert.equal(await status(), 200, "it is all or nothing");

  put("public_paths: [/open]\n");
  const key = join(folder, ".local", "state", "hermes-gate", "session.key");
  rmSync(key);
  await hangup("there is no session key to read any more");
  assert.equal(existsSync(key), false, "none is made, with which everybody would be signed out");
  assert.equal(await status(), 200, "the one before stays");

  put('public_paths: [/open]\npublic_url: "https://dash.example/<x>"\n');
  await hangup('\\"public_url\\" must');
  assert.equal(await status(), 200);
});

test("tells the settings that differ by their names in the file: which can be taken, and which need a restart", (t) => {
  const folder = temporaryFolder(t);
  const read = (file: string) => loaded(t, { folder, file, mode: "serve" });
  const before = read(goodFile);
  const changes = (file: string) => changesBetween(before, read(file));
  const none = { taken: [], fixed: [], refused: [] };
  assert.deepEqual(changes(goodFile), none);

  const taken: Readonly<Record<string, string>> = {
    allow: goodFile.replace("everyone", "{ emails: [a@x.example] }"),
    providers: goodFile.replace("client_id: dash", "client_id: other"),
    "session.secret": `${goodFile}session: { secret: ${"s".repeat(40)} }\n`,
    "session.idle_timeout_seconds": `${goodFile}session: { idle_timeout_seconds: 60 }\n`,
    identity_headers: `${goodFile}identity_headers: { X-User: email }\n`,
    public_url: `${goodFile}public_url: https://dash.example\n`,
    trusted_proxies: `${goodFile}trusted_proxies: [10.0.0.1]\n`,
    "websocket.auth": `${goodFile}websocket: { auth: [ticket] }\n`,
    "login.title": `${goodFile}login: { title: Hello }\n`,
    "limits.keep_alive_seconds": `${goodFile}limits: { keep_alive_seconds: 5 }\n`,
    "log.level": `${goodFile}log: { level: debug }\n`,
  };
  for (const [name, file] of Object.entries(taken)) {
    assert.deepEqual(changes(file), { ...none, taken: [name] }, name);
  }

  const fixed: Readonly<Record<string, string>> = {
    upstream: goodFile.replace(":9119", ":9120"),
    "upstream_options.connect_timeout_ms": `${goodFile}upstream_options: { connect_timeout_ms: 1 }\n`,
    "upstream_options.prefix": `${goodFile}upstream_options: { prefix: keep }\n`,
    listen: `${goodFile}listen: :4182\n`,
    admin_listen: `${goodFile}admin_listen: 127.0.0.1:4181\n`,
    "session.cookie_prefix": `${goodFile}session: { cookie_prefix: other }\n`,
    "limits.header_bytes": `${goodFile}limits: { header_bytes: 5000 }\n`,
    "log.format": `${goodFile}log: { format: pretty }\n`,
    "audit.file": `${goodFile}audit: { file: audit.jsonl }\n`,
  };
  for (const [name, file] of Object.entries(fixed)) {
    assert.deepEqual(changes(file), { ...none, fixed: [name] }, name);
  }
});

test("S56: a key of the process alone stays over a reload, and one in a file is not given up for it", (t) => {
  const passing = loaded(t, { file: goodFile, mode: "read" });
  const again = loaded(t, { file: goodFile, mode: "read" });
  assert.notDeepEqual(again.session.secrets, passing.session.secrets);
  assert.deepEqual(changesBetween(passing, again).taken, []);
  assert.deepEqual(withLastingKeys(passing, again).session.secrets, passing.session.secrets);

  const kept = loaded(t, { file: goodFile, mode: "serve" });
  assert.match(changesBetween(kept, again).refused.join(), /every session would end/);
  assert.equal(withLastingKeys(passing, kept), kept);
});
