/** The gate at a terminal, one that util-linux's `script` makes: its colours, and that it lives and ends without it, as on a full disk. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { choosePort } from "../../demo/ports.ts";
import { temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";

const bin = join(import.meta.dirname, "../../bin/hermes-gate.js");

/** Starts the gate at a terminal; resolves once its banner is there. */
async function atTerminal(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const home = temporaryFolder(t);
  const url = `http://127.0.0.1:${await choosePort(0)}`;
  const settings = "--upstream 127.0.0.1:9 --issuer http://127.0.0.1:9 --client-id x";
  const gate = `'${process.execPath}' '${bin}' ${settings} --listen ${url.slice(7)} </dev/null`;
  // The line that is read ends the gate, and so does the end of the input.
  const program = `${gate} & echo $! > pid; read line; kill $(cat pid); wait`;
  const terminal = spawn("script", ["-qefc", program, "/dev/null"], {
    ...{ cwd: home, env: { PATH: "/usr/bin:/bin", HOME: home, ...env } },
  });
  let written = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  t.after(() => terminal.kill("SIGKILL"));
  await eventually("the banner", () => written.includes("stands at"));
  const pid = Number(readFileSync(join(home, "pid"), "utf8"));
  t.after(() => isThere(pid) && process.kill(pid, "SIGKILL"));
  return { terminal, written: () => written, pid, url };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends the gate and gives what stood on the terminal in the end. */
async function readToEnd(gate: Awaited<ReturnType<typeof atTerminal>>): Promise<string> {
  gate.terminal.stdin.end("\n");
  await once(gate.terminal, "close");
  return gate.written();
}

test("a terminal gets colours, unless NO_COLOR is set", async (t) => {
  const coloured = await readToEnd(await atTerminal(t));
  assert.match(coloured, /\x1b\[36mINFO/);
  const plain = await readToEnd(await atTerminal(t, { NO_COLOR: "1" }));
  assert.match(plain, /INFO .*hermes-gate stands at/);
  assert.doesNotMatch(plain, /\x1b/);
});

test("a gate whose terminal is gone serves on, and still ends when it is told to", async (t) => {
  const { terminal, pid, url } = await atTerminal(t);
  terminal.kill("SIGKILL");
  await once(terminal, "close");
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await fetch(`${url}/api/auth/status`)).status, 200);
  }
  process.kill(pid, "SIGTERM");
  await eventually("the gate's end", () => !isThere(pid));
});

/** A provider that writes to standard error, as libraries do. */
const noisy = `
const unused = async () => { throw new Error("unused"); };
export default ({ name }) => {
  setInterval(() => process.stderr.write("noise\\n"), 20).unref();
  return { name, displayName: "Noisy", startLogin: unused, completeLogin: unused, refresh: unused };
};
`;

for (const workers of ["1", "2"]) {
  test(`a gate whose output goes to a full disk serves on and stops in order, with ${workers} processes`, async (t) => {
    const full = openSync("/dev/full", "w");
    t.after(() => closeSync(full));
    const home = temporaryFolder(t);
    const host = `127.0.0.1:${await choosePort(0)}`;
    const admin = `127.0.0.1:${await choosePort(0)}`;
    writeFileSync(join(home, "noisy.mjs"), noisy);
    writeFileSync(
      join(home, "config.yaml"),
      `upstream: ":9"\nlisten: "${host}"\nadmin_listen: "${admin}"\nworkers: ${workers}\nallow: everyone\nproviders: [{ module: ./noisy.mjs, name: noisy }]\n`,
    );
    const gate = spawn(process.execPath, [bin], {
      ...{ cwd: home, env: { PATH: "/usr/bin:/bin", HOME: home }, stdio: ["ignore", full, full] },
    });
    t.after(() => gate.kill("SIGKILL"));
    const status = () =>
      fetch(`http://${host}/api/auth/status`, { headers: { connection: "close" } }).then(
        (answer) => answer.status,
        () => undefined,
      );
    await eventually("the gate", async () => (await status()) === 200);
    for (let count = 0; count < 5; count += 1) assert.equal(await status(), 200);
    // Opened when all workers serve: until then a signal ends the primary as it ends any process.
    await eventually("the admin listener", () =>
      fetch(`http://${admin}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const ended = once(gate, "exit");
    gate.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });
}
