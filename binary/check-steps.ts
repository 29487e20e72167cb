/** What must hold of an executable, each a step that throws when it does not: as an operator would try it, by its command alone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDashboard } from "../demo/dashboard.ts";
import { type GateProcess, startGateProcess } from "../demo/gate-process.ts";
import { publicClient, startIdp } from "../demo/idp.ts";
import { choosePort } from "../demo/ports.ts";
import { visit } from "../demo/visit.ts";
import { packageVersion } from "../src/commands/version.ts";
import { eventually } from "../test/support/eventually.ts";

export interface Candidate {
  readonly program: string;
  /** For its files, an empty one. */
  readonly folder: string;
}

export interface Step {
  readonly name: string;
  readonly run: (candidate: Candidate) => void | Promise<void>;
}

export const steps: readonly Step[] = [
  { name: "--version tells version, commit and Node", run: tellsVersion },
  { name: "check-config takes a good configuration, and refuses a bad one with 78", run: checks },
  { name: "serves the browser module and its metrics", run: servesTexts },
  { name: "loads a provider's module from outside, a TypeScript one with imports too", run: loads },
  { name: "serves with two workers", run: employs },
  { name: "has the client for a shared store with it", run: knowsRedis },
  { name: "doctor finds a good set-up well, and the whole visit holds", run: signsIn },
];

/** Settings that let the gate start; nothing is asked of these addresses. */
const nowhere = ["--upstream", "127.0.0.1:9", "--issuer", "http://127.0.0.1:9", "--client-id", "x"];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, while this process goes on to answer. */
async function call({ program, folder }: Candidate, args: readonly string[]): Promise<Ended> {
  const child = spawn(program, args, { cwd: folder, env: { HOME: folder } });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await once(child, "close");
  return { status: child.exitCode, stdout, stderr };
}

async function tellsVersion(candidate: Candidate): Promise<void> {
  const { stdout, stderr } = await call(candidate, ["--version"]);
  const [name, version, build] = stdout.trim().split(" ", 3);
  assert.deepEqual([name, version], ["hermes-gate", packageVersion()], stderr);
  assert.match(build ?? "", /^\(([0-9a-f]{8}|unknown),$/);
  assert.equal(stderr, "");
}

async function checks(candidate: Candidate): Promise<void> {
  const good = await call(candidate, ["check-config", ...nowhere]);
  assert.equal(good.status, 0, good.stderr);
  const bad = await call(candidate, ["check-config", "--upstream", "nowhere"]);
  assert.equal(bad.status, 78);
  assert.match(bad.stderr, /^error: --upstream: /m);
}

async function servesTexts(candidate: Candidate): Promise<void> {
  const adminPort = await choosePort(0);
  const admin = `127.0.0.1:${adminPort}`;
  const { url, gate } = await startGate(candidate, { env: { HERMES_GATE_ADMIN_LISTEN: admin } });
  try {
    const script = await fetch(`${url}/auth/client.js`);
    assert.match(await script.text(), /export const \{ fetch, ws/);
    const metrics = await (await fetch(`http://${admin}/metrics`)).text();
    assert.match(metrics, new RegExp(`hermes_gate_build_info\\{version="${packageVersion()}"`));
  } finally {
    await gate.stop();
  }
}

async function employs(candidate: Candidate): Promise<void> {
  const adminPort = await choosePort(0);
  const admin = `127.0.0.1:${adminPort}`;
  const { url, gate } = await startGate(candidate, {
    flags: ["--workers", "2", "--admin-listen", admin],
  });
  try {
    assert.equal((await fetch(`${url}/api/auth/status`)).status, 200);
    // The primary opens it when all workers serve.
    await eventually("two workers", async () => {
      const answer = await fetch(`http://${admin}/metrics`).catch(() => undefined);
      return /^hermes_gate_workers 2$/m.test((await answer?.text()) ?? "");
    });
  } finally {
    await gate.stop();
  }
}

async function loads(candidate: Candidate): Promise<void> {
  const { folder } = candidate;
  writeFileSync(join(folder, "name.mjs"), `export const name = await Promise.resolve("Own one");`);
  writeFileSync(
    join(folder, "provider.ts"),
    `import { name as displayName } from "./name.mjs";
const unused = async (): Promise<never> => { throw new Error("unused"); };
export default ({ name }: { name: string }) =>
  ({ name, displayName, startLogin: unused, completeLogin: unused, refresh: unused });`,
  );
  const config = join(folder, "own.yaml");
  writeFileSync(config, "providers: [{ name: own, module: ./provider.ts }]\n");
  const { url, gate } = await startGate(candidate, { flags: ["--config", config] });
  try {
    const { providers } = (await (await fetch(`${url}/api/auth/providers`)).json()) as {
      readonly providers: readonly { readonly display_name: string }[];
    };
    const names = providers.map((provider) => provider.display_name);
    assert.ok(names.includes("Own one"), `${names.join(", ")}\n${gate.output()}`);
  } finally {
    await gate.stop();
  }
}

async function knowsRedis(candidate: Candidate): Promise<void> {
  const { stdout } = await call(candidate, [
    "doctor",
    ...nowhere,
    "--store",
    "redis://127.0.0.1:9",
  ]);
  assert.match(stdout, /^fail +store +asked redis:/m);
}

async function signsIn(candidate: Candidate): Promise<void> {
  const accessTokenSeconds = 4;
  const idp = await startIdp({ accessTokenSeconds });
  const dashboard = await startDashboard();
  const { url, gate, flags } = await startGate(candidate, {
    ...{ issuer: idp.issuer, upstream: dashboard.address },
  });
  try {
    idp.allowRedirect(`${url}/auth/callback`);
    const examined = await call(candidate, ["doctor", ...flags, "--public-url", url]);
    console.log(examined.stdout.trimEnd().replaceAll(/^/gm, "      "));
    assert.equal(examined.status, 0, examined.stdout);
    const passed = await visit({ url, accessTokenSeconds, tokenCalls: () => idp.tokenCalls() });
    assert.ok(passed, gate.output());
  } finally {
    await gate.stop();
    await dashboard.close();
    await idp.close();
  }
}

interface Wanted {
  readonly issuer?: string;
  readonly upstream?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Started {
  readonly url: string;
  readonly gate: GateProcess;
  readonly flags: readonly string[];
}

async function startGate({ program, folder }: Candidate, wanted: Wanted): Promise<Started> {
  const { issuer = "http://127.0.0.1:9", upstream = "127.0.0.1:9" } = wanted;
  const port = await choosePort(0);
  const stateDir = mkdtempSync(join(folder, "state-"));
  const { clientId } = publicClient;
  const gate = await startGateProcess({
    ...{ command: [program], upstream, port, issuer, clientId, stateDir, log: "keep" },
    ...{ auditFile: join(stateDir, "audit.log"), flags: wanted.flags ?? [], env: wanted.env ?? {} },
  });
  const flags = ["--upstream", upstream, "--issuer", issuer, "--client-id", clientId];
  return { url: `http://localhost:${port}`, gate, flags };
}
