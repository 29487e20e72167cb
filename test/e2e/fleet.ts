/**
 * Several gates, each a process started by its command, on one Redis, before one dashboard and one provider that revokes
 * everything when a refresh token comes twice. The gates are at one host, so that a browser takes its cookies to each of them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Dashboard, startDashboard } from "../../demo/dashboard.ts";
import { type GateProcess, startGateProcess } from "../../demo/gate-process.ts";
import { type Idp, publicClient, startIdp } from "../../demo/idp.ts";
import { choosePort } from "../../demo/ports.ts";
import { type Browser, createBrowser } from "../support/browser.ts";
import { noteOutput, noteSecret } from "../support/evidence.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";

export interface FleetGate {
  /** `http://localhost:port`. */
  readonly url: string;
  readonly port: number;
  readonly process: GateProcess;
  /** Stops it as an operator does and starts it again where it was. */
  restart(): Promise<void>;
}

export interface Fleet {
  readonly redis: RedisServer;
  readonly idp: Idp;
  readonly dashboard: Dashboard;
  readonly gates: readonly [FleetGate, FleetGate];
  /** One more gate. */
  start(): Promise<FleetGate>;
  browser(): Browser;
}

const secret = "the secret of every gate in the fleet";
const password = "the password of the store";

/** Two gates; undefined, and the test skipped, where there is no Redis. All ends with the test. */
export async function startFleet(
  t: TestContext,
  {
    accessTokenSeconds = 60,
    beatMs = 20,
  }: { readonly accessTokenSeconds?: number; readonly beatMs?: number } = {},
): Promise<Fleet | undefined> {
  const redis = await startRedis(t, { password });
  if (redis === undefined) return undefined;
  const browsers: Browser[] = [];
  // First of all, for a gate that stops waits for connections that are kept.
  t.after(() => {
    for (const browser of browsers) browser.close();
  });
  const idp = await startIdp({ accessTokenSeconds, onSecret: noteSecret });
  t.after(() => idp.close());
  const dashboard = await startDashboard({ beatMs });
  t.after(() => dashboard.close());
  noteSecret("store_password", password);

  async function start(): Promise<FleetGate> {
    const stateDir = mkdtempSync(join(tmpdir(), "hermes-gate-e2e-"));
    const auditFile = join(stateDir, "audit.log");
    const port = await choosePort(0);
    const url = `http://localhost:${port}`;
    idp.allowRedirect(`${url}/auth/callback`);
    const begin = (): Promise<GateProcess> =>
      startGateProcess({
        upstream: dashboard.address,
        issuer: idp.issuer,
        clientId: publicClient.clientId,
        log: "keep",
        ...{ port, stateDir, auditFile },
        env: {
          HERMES_GATE_STORE: `redis://:${encodeURIComponent(password)}@127.0.0.1:${redis?.port}`,
          HERMES_GATE_SESSION_SECRET: secret,
        },
      });
    let process = await begin();
    const stop = async () => {
      await process.stop();
      noteOutput(process.output());
    };
    t.after(async () => {
      await stop();
      if (existsSync(auditFile)) noteOutput(readFileSync(auditFile, "utf8"));
      rmSync(stateDir, { recursive: true, force: true });
    });
    return {
      ...{ url, port },
      get process() {
        return process;
      },
      async restart() {
        await stop();
        process = await begin();
      },
    };
  }

  return {
    ...{ redis, idp, dashboard },
    gates: [await start(), await start()],
    start,
    browser() {
      const browser = createBrowser();
      browsers.push(browser);
      return browser;
    },
  };
}
