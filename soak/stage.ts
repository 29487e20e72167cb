/**
 * What a run plays on: a real OpenID provider with rotating refresh tokens, the sample dashboard, and the gate as a process of its
 * own from the build. The first two can be restarted while it goes on; both are told apart from the gate by their host names.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startProgram, untilAnswers } from "../bench/process.ts";
import { startDashboard } from "../demo/dashboard.ts";
import { publicClient, startIdp } from "../demo/idp.ts";
import type { Outages, Part } from "./outages.ts";

export interface Stage {
  /** The gate to the outside, no trailing slash. */
  readonly url: string;
  /** Where that name really answers. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly gatePid: number;
  /** V8's inspector of the gate, on loopback. */
  readonly inspectPort: number;
  /** Refreshes that the provider was asked for so far. */
  refreshes(): number;
  /** Takes the part away and brings it back where it was. */
  leave(part: Part): Promise<void>;
  comeBack(part: Part): Promise<void>;
  /** The gate's own metrics: the sum of the series of each name. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** How often the gate wrote each message that is more than information. */
  warnings(): ReadonlyMap<string, number>;
  /** Where the gate's log is. */
  readonly log: string;
  /** Ends all three, and removes the log where it is of no use any more. */
  close(keepLog: boolean): Promise<void>;
}

export interface StageOptions {
  readonly people: readonly string[];
  readonly accessTokenSeconds: number;
  readonly outages: Outages;
}

const command = join(import.meta.dirname, "../bin/hermes-gate.js");

/** Starts all three. Fails with the gate's own words when it does not start. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { accessTokenSeconds, outages } = options;
  // A quarter of an hour: longer than anybody here is idle, and few enough for the provider to remember.
  const idp = await startIdp({ accessTokenSeconds, refreshTokenSeconds: 900 });
  for (const name of options.people) {
    idp.accounts.set(name, { sub: `user-${name}`, email: emailOf(name), email_verified: true });
  }
  let dashboard = await startDashboard({ beatMs: 500 });
  const dashboardPort = Number(dashboard.address.split(":")[1]);
  const [port, adminPort, inspectPort] = [await freePort(), await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  idp.allowRedirect(`${url}/auth/callback`);

  const directory = mkdtempSync(join(tmpdir(), "hermes-gate-soak-"));
  const log = join(directory, "gate.log");
  const gate = await startProgram(
    process.execPath,
    [
      ...[`--inspect=127.0.0.1:${inspectPort}`, command, "serve"],
      ...["--upstream", dashboard.address, "--listen", `127.0.0.1:${port}`],
      ...["--admin-listen", `127.0.0.1:${adminPort}`],
      ...["--issuer", idp.issuer, "--client-id", publicClient.clientId],
    ],
    { directory, log, env: { HERMES_GATE_STATE_DIR: join(directory, "state") } },
  );
  const close = async (keepLog: boolean): Promise<void> => {
    await gate.stop();
    await dashboard.close();
    await idp.close();
    if (!keepLog) rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilAnswers(`http://127.0.0.1:${port}/api/auth/status`, 200);
  } catch (error) {
    const said = readFileSync(log, "utf8");
    await close(false);
    throw new Error(`the gate did not start: ${said}`, { cause: error });
  }

  return {
    url,
    hosts: { [url]: `http://127.0.0.1:${port}` },
    gatePid: gate.pid,
    inspectPort,
    refreshes: () => idp.tokenCalls().refreshToken,
    async leave(part) {
      outages.begin(part);
      // Orderly: a provider that is cut off after it rotated a token, and before it said so, ends that session for any client.
      await (part === "provider" ? idp.stop({ drain: true }) : dashboard.close());
    },
    async comeBack(part) {
      if (part === "provider") await idp.start();
      else dashboard = await startDashboard({ beatMs: 500, port: dashboardPort });
      outages.end(part);
    },
    async metrics() {
      const answer = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
      return sumsOf(await answer.text());
    },
    log,
    warnings: () => warningsOf(readFileSync(log, "utf8")),
    close,
  };
}

/** The address that the provider has for a person. */
export function emailOf(name: string): string {
  return `${name}@example.com`;
}

/** The sums by name of a page in the text format of Prometheus. */
function sumsOf(page: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [, name = "", value = ""] of page.matchAll(/^([a-z_]+)(?:\{.*\})? (\S+)$/gm)) {
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** Warnings and errors of a log by their message; a line that is no JSON counts by its own text. */
function warningsOf(log: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of log.split("\n")) {
    const message = warningOf(line);
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return counts;
}

function warningOf(line: string): string | undefined {
  // Lines of V8's inspector.
  if (line === "" || /^(?:Debugger|For help|Waiting for the debugger)/.test(line)) return undefined;
  if (!line.startsWith("{")) return line;
  const { level, msg } = JSON.parse(line) as { readonly level?: string; readonly msg?: string };
  return level === "warn" || level === "error" ? `${level}: ${msg}` : undefined;
}
