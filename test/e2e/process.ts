/** As `stack`, but the gate is a process of its own, started by its command: for what is about the process. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startDashboard } from "../../demo/dashboard.ts";
import { type GateProcess, startGateProcess } from "../../demo/gate-process.ts";
import { publicClient, startIdp } from "../../demo/idp.ts";
import { choosePort } from "../../demo/ports.ts";
import { createBrowser } from "../support/browser.ts";
import { noteOutput, noteSecret } from "../support/evidence.ts";

/** Starts the three parts; all of them end with the test. `start` starts the gate again where it was. */
export async function startProcess(t: TestContext) {
  const idp = await startIdp({ accessTokenSeconds: 60, onSecret: noteSecret });
  t.after(() => idp.close());
  const dashboard = await startDashboard({ beatMs: 20 });
  t.after(() => dashboard.close());
  const stateDir = mkdtempSync(join(tmpdir(), "hermes-gate-e2e-"));
  const auditFile = join(stateDir, "audit.log");
  const gates: GateProcess[] = [];
  t.after(async () => {
    for (const gate of gates) {
      await gate.stop();
      noteOutput(gate.output());
    }
    noteOutput(readFileSync(auditFile, "utf8"));
    rmSync(stateDir, { recursive: true, force: true });
  });
  const port = await choosePort(0);
  const url = `http://localhost:${port}`;
  idp.allowRedirect(`${url}/auth/callback`);

  const start = async (): Promise<GateProcess> => {
    const gate = await startGateProcess({
      upstream: dashboard.address,
      port,
      issuer: idp.issuer,
      clientId: publicClient.clientId,
      stateDir,
      auditFile,
      log: "keep",
    });
    gates.push(gate);
    return gate;
  };
  const gate = await start();
  const alice = createBrowser();
  t.after(() => alice.close());
  return { url, alice, gate, start };
}
