/**
 * `npm run demo`: an identity provider, the sample dashboard and the gate in front of it, on this machine alone.
 * With `--check` it makes the whole visit by itself, prints each step and ends with 0 or 1.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDashboard } from "./dashboard.ts";
import { startGateProcess } from "./gate-process.ts";
import { publicClient, startIdp } from "./idp.ts";
import { choosePort } from "./ports.ts";
import { visit } from "./visit.ts";

const check = process.argv.includes("--check");
const unknown = process.argv.slice(2).find((argument) => argument !== "--check");
if (unknown !== undefined) {
  console.error(
    `error: unknown argument ${unknown}\nhint: npm run demo, or npm run demo -- --check`,
  );
  process.exit(64);
}

const closers: (() => unknown)[] = [];
let stopping = false;

/** Starts the three parts. The gate is named localhost and the provider 127.0.0.1, so that they share no cookies. */
async function start() {
  const accessTokenSeconds = check ? 4 : 20;
  const idp = await startIdp({ port: await choosePort(9080), accessTokenSeconds });
  closers.push(() => idp.close());
  const rotations = (): number => idp.tokenCalls().refreshToken;
  const dashboard = await startDashboard({ port: await choosePort(9119), rotations });
  closers.push(() => dashboard.close());
  const port = await choosePort(4180);
  const url = `http://localhost:${port}`;
  idp.allowRedirect(`${url}/auth/callback`);
  const stateDir = mkdtempSync(join(tmpdir(), "hermes-gate-demo-"));
  closers.push(() => rmSync(stateDir, { recursive: true, force: true }));
  const gate = await startGateProcess({
    upstream: dashboard.address,
    port,
    issuer: idp.issuer,
    clientId: publicClient.clientId,
    stateDir,
    auditFile: join(stateDir, "audit.log"),
    log: check ? "keep" : "inherit",
  });
  closers.push(() => gate.stop());
  return { idp, dashboard, gate, url, accessTokenSeconds, stateDir };
}

/** Closes what was started, last first. The first caller's exit code holds. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const close of closers.reverse()) await close();
  process.exit(exitCode);
}

// Before anything is started: a signal that comes early must not leave a gate behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));

try {
  const parts = await start();
  if (check) {
    const { url, idp, accessTokenSeconds } = parts;
    const passed = await visit({ url, accessTokenSeconds, tokenCalls: () => idp.tokenCalls() });
    if (!passed) console.error(parts.gate.output());
    await stop(passed ? 0 : 1);
  }
  void parts.gate.ended.then((how) => {
    if (!stopping) console.error(`error: ${how}`);
    return stop(1);
  });
  console.log(`
  hermes-gate demo

  Open        ${parts.url}
  Sign in as  ${[...parts.idp.accounts.keys()].join(" or ")}; there is no password

  Identity provider  ${parts.idp.issuer}  (access tokens live ${parts.accessTokenSeconds} s)
  Dashboard          http://${parts.dashboard.address}  (open to this machine, as the gate expects)
  Audit trail        ${join(parts.stateDir, "audit.log")}

  Ctrl-C stops all three.
`);
} catch (error) {
  if (!stopping) console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  await stop(1);
}
