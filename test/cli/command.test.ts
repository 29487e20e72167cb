/** The command when all is well: what it prints, that it serves, and how it stops. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nodeVersionWarning } from "../../src/commands/node-version.ts";
import { type CommandParts, run, start } from "../support/command.ts";
import { temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";
import { listening } from "../support/listening.ts";

const good = ["--upstream", ":9119", "--issuer", "https://idp.example", "--client-id", "dash"];

/** Starts the gate on a port of the system's choice; resolves once it listens. */
async function serving(t: TestContext, parts: CommandParts = {}) {
  const args = [...(parts.args ?? good), "--listen", "127.0.0.1:0"];
  const command = start(t, { ...parts, args });
  const address = () => /"listen":"(http:[^"]+)"/.exec(command.stdout())?.[1];
  await eventually("the gate's banner", () => address() !== undefined);
  return { ...command, address: address() ?? "" };
}

test("--version names version, commit and Node, and the image's commit goes first", async (t) => {
  const ended = await run(t, {
    args: ["--version"],
    env: { HERMES_GATE_GIT_SHA: "ABC1234567890" },
  });
  assert.deepEqual(ended, {
    code: 0,
    stdout: `hermes-gate 0.1.0 (abc12345, node ${process.version})\n`,
    stderr: "",
  });
  const own = await run(t, { args: ["--version"] });
  assert.match(
    own.stdout,
    /^hermes-gate 0\.1\.0 \(([0-9a-f]{8}|unknown), node v\d+\.\d+\.\d+\)\n$/,
  );
});

test("keygen prints a secret that check-config takes, another one each time", async (t) => {
  const [first, second] = await Promise.all([
    run(t, { args: ["keygen"] }),
    run(t, { args: ["keygen"] }),
  ]);
  assert.match(first.stdout, /^[\w-]{43}\n$/);
  assert.notEqual(first.stdout, second.stdout);
  const env = { HERMES_GATE_SESSION_SECRET: first.stdout.trim() };
  assert.equal((await run(t, { args: ["check-config", ...good], env })).code, 0);
});

test("check-config sums up a good configuration without a secret, and makes nothing", async (t) => {
  const folder = temporaryFolder(t);
  const env = { HERMES_GATE_OIDC_CLIENT_SECRET: "hunter2hunter2" };
  const ended = await run(t, {
    folder,
    env,
    args: ["check-config", ...good, "--public-url", "https://d.example/h/"],
  });
  assert.equal(
    ended.stdout,
    `the configuration is valid
  listen      127.0.0.1:4180
  upstream    http://127.0.0.1:9119
  public base https://d.example/h
  providers   oidc
  store       memory
warning: no "allow" rule: every user of the provider "oidc" may enter
`,
  );
  assert.deepEqual([ended.code, ended.stderr], [0, ""]);
  assert.equal(existsSync(join(folder, ".local")), false);
});

test("check-config takes a malformed public_url for an error, serve for a warning", async (t) => {
  const env = { HERMES_GATE_PUBLIC_URL: "dash.example" };
  const checked = await run(t, { args: ["check-config", ...good], env });
  assert.match(checked.stderr, /^error: HERMES_GATE_PUBLIC_URL: "public_url" must start with http/);
  assert.equal(checked.code, 78);
  const gate = await serving(t, { env });
  assert.match(gate.stdout(), /"level":"warn"[^\n]*HERMES_GATE_PUBLIC_URL: .*it is ignored/);
});

test("serves, answers the health check, and stops with 0 on SIGTERM", async (t) => {
  const folder = temporaryFolder(t);
  const gate = await serving(t, { folder });
  const listen = gate.address.replace("http://", "");
  const check = () => run(t, { folder, args: ["healthcheck", ...good, "--listen", listen] });
  assert.deepEqual(await check(), { code: 0, stdout: "", stderr: "" });
  gate.child.kill("SIGTERM");
  const { code, stdout } = await gate.ended;
  assert.equal(code, 0);
  assert.match(stdout, /"signal":"SIGTERM"[^\n]*stopping/);
  assert.deepEqual(await check(), {
    ...{ code: 1, stdout: "" },
    stderr: `error: the gate at ${listen} cannot be asked (ECONNREFUSED)\n`,
  });
});

test("healthcheck knows no more than where the gate answers, as beside a container's flags", async (t) => {
  const gate = await serving(t, {});
  const listen = gate.address.replace("http://", "");
  const env = { HERMES_GATE_LISTEN: listen };
  assert.deepEqual(await run(t, { args: ["healthcheck"], env }), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const lost = await run(t, { args: ["healthcheck"], env: { HERMES_GATE_LISTEN: "nowhere" } });
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /^error: HERMES_GATE_LISTEN: "listen" must/);
});

test("healthcheck fails when something answers that is not well", async (t) => {
  const busy = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n";
  const listen = await listening(
    t,
    createServer((socket) => socket.end(busy)),
  );
  const ended = await run(t, { args: ["healthcheck", ...good, "--listen", listen] });
  assert.deepEqual([ended.code, ended.stderr], [1, `error: the gate at ${listen} answered 503\n`]);
});

test("a second signal ends the process at once, while a request is still under way", async (t) => {
  let asked = false;
  const held = createServer((socket) =>
    socket
      .on("error", () => {})
      .on("data", () => {
        asked = true;
      }),
  );
  const upstream = await listening(t, held);
  const file = `upstream: ${upstream}\npublic_paths: [/slow]\n`;
  const args = ["--issuer", "https://idp.example", "--client-id", "dash"];
  const gate = await serving(t, { args, files: { "config.yaml": file } });
  const { hostname, port } = new URL(gate.address);
  const client = connect(Number(port), hostname, () =>
    client.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  client.on("error", () => {});
  t.after(() => client.destroy());
  await eventually("the request at the upstream", () => asked);
  gate.child.kill("SIGINT");
  await eventually("the first signal", () => gate.stdout().includes("stopping"));
  assert.equal(gate.child.exitCode, null);
  gate.child.kill("SIGINT");
  assert.equal((await gate.ended).code, 1);
});

test("tells at the start that the audit file cannot be written, and serves", async (t) => {
  const gate = await serving(t, { env: { HERMES_GATE_AUDIT_FILE: "/proc/none/audit.jsonl" } });
  const warned =
    /"level":"warn"[^\n]*the audit file \/proc\/none\/audit\.jsonl cannot be written \(ENOENT\)/;
  assert.match(gate.stdout(), warned);
});

test("writes nothing to standard error while all is well", async (t) => {
  const gate = await serving(t);
  gate.child.kill("SIGTERM");
  assert.equal((await gate.ended).stderr, "");
});

test("an older Node is told in one sentence what is needed, and in one how to come by it", {
  skip: systemNode() === undefined && "no Node older than 22 here",
}, () => {
  const bin = new URL("../../bin/hermes-gate.js", import.meta.url).pathname;
  assert.throws(
    () => execFileSync(systemNode() ?? "", [bin], { stdio: "pipe" }),
    (error: { status?: number; stderr?: Buffer }) => {
      assert.equal(error.status, 64);
      assert.match(
        String(error.stderr),
        /^error: hermes-gate needs Node 22\.21 or newer, [^\n]+ and this is v\d+\.\d+\.\d+\nhint: [^\n]+\n$/,
      );
      return true;
    },
  );
});

test("S119: warns below the floor of each line of Node, and of lines without fixes", () => {
  for (const fine of ["22.23.2", "22.24.0", "24.18.1", "26.5.1", "26.10.0", "28.0.0"]) {
    assert.equal(nodeVersionWarning(fine), undefined, fine);
  }
  for (const old of ["22.23.1", "24.9.0", "26.5.0", "25.1.0"]) {
    assert.match(nodeVersionWarning(old) ?? "", new RegExp(`^node ${old.replaceAll(".", "\\.")} `));
  }
});

function systemNode(): string | undefined {
  for (const path of ["/usr/bin/node", "/usr/local/bin/node"]) {
    if (!existsSync(path)) continue;
    const [major = 0] = execFileSync(path, ["-p", "process.versions.node"])
      .toString()
      .split(".")
      .map(Number);
    if (major < 22) return path;
  }
  return undefined;
}
