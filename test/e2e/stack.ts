/**
 * The whole thing for one test: a real OpenID provider, the sample dashboard and the gate before it, in this process, on free
 * ports, with a clock that can be put forward. Configured through a file, as an operator does it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "yaml";
import { type Dashboard, startDashboard } from "../../demo/dashboard.ts";
import { type Idp, publicClient, startIdp } from "../../demo/idp.ts";
import { createLog } from "../../src/base/log.ts";
import type { Changes } from "../../src/config/changes.ts";
import { loadConfig } from "../../src/config/load.ts";
import { serve } from "../../src/serve.ts";
import { type Browser, createBrowser } from "../support/browser.ts";
import { type Clock, createClock } from "../support/clock.ts";
import { noteOutput, noteSecret } from "../support/evidence.ts";
import { createJar } from "../support/jar.ts";

export interface StackOptions {
  /** Default 60. */
  readonly accessTokenSeconds?: number;
  /** Keys of the configuration file, over those that the stack needs. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Milliseconds between two ticks of the dashboard. Default 20. */
  readonly beatMs?: number;
  /** What the gate speaks. Default http. */
  readonly scheme?: "https";
  /** Where the gate is to the outside, beside its own address. */
  readonly publicBase?: string;
}

export interface Stack {
  readonly idp: Idp;
  readonly dashboard: Dashboard;
  readonly clock: Clock;
  /** `http://localhost:port`: another host than the provider's, so that the two share no cookies. */
  readonly url: string;
  /** Of the admin listener, when the settings have one. */
  readonly adminUrl: string | undefined;
  /** Has the gate read its configuration again, with these keys over those that it started with. */
  reload(settings: Readonly<Record<string, unknown>>): Promise<Changes>;
  /** Stops the gate before the test does. */
  stop(): Promise<void>;
  /** The gate's log so far, at level debug, with what was held back for a moment. */
  log(): Promise<string>;
  /** The lines of the audit trail so far. */
  audit(): readonly Readonly<Record<string, unknown>>[];
  /** A browser of its own, on the stack's clock. `hosts` as in `createBrowser`. */
  browser(hosts?: Readonly<Record<string, string>>): Browser;
  /** Is called at the end of the test, before the gate stops: for what keeps connections to it. The last is the first. */
  beforeClose(close: () => void): void;
}

/** Starts the three parts; all of them end with the test. */
export async function startStack(t: TestContext, options: StackOptions = {}): Promise<Stack> {
  const clock = createClock();
  const directory = mkdtempSync(join(tmpdir(), "hermes-gate-e2e-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const idp = await startIdp({
    accessTokenSeconds: options.accessTokenSeconds ?? 60,
    onSecret: noteSecret,
  });
  t.after(() => idp.close());
  const dashboard = await startDashboard({
    beatMs: options.beatMs ?? 20,
    rotations: () => idp.tokenCalls().refreshToken,
  });
  t.after(() => dashboard.close());

  const configFile = join(directory, "config.yaml");
  const settings = {
    upstream: dashboard.address,
    listen: "127.0.0.1:0",
    providers: [
      { type: "oidc", name: "demo", issuer: idp.issuer, client_id: publicClient.clientId },
    ],
    state_dir: directory,
    drain_timeout_seconds: 1,
    ...options.settings,
  };
  const configure = (more: Readonly<Record<string, unknown>>) => {
    writeFileSync(configFile, stringify({ ...settings, ...more }));
    const loaded = loadConfig({
      flags: new Map(),
      configFile,
      env: {},
      cwd: directory,
      terminal: false,
      runtime: clock,
      mode: "serve",
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.config;
  };
  let written = "";
  const destination = {
    write: (text: string) => {
      written += text;
      noteOutput(text);
    },
  };
  const log = createLog({ level: "debug", format: "json", destination });
  const gate = await serve(configure({}), { runtime: clock, log, version: "0.0.0" });
  // First of all, for a gate that stops waits a little for connections that are kept.
  const clients: (() => void)[] = [];
  t.after(async () => {
    for (const close of clients.reverse()) close();
    await gate.close();
    await log.flush();
  });

  const url = `${options.scheme ?? "http"}://localhost:${new URL(gate.address).port}`;
  for (const base of [url, options.publicBase ?? url]) {
    idp.allowRedirect(`${base}/auth/callback`);
    idp.allowPostLogout(`${base}/login?logged_out=1`);
  }
  return {
    idp,
    dashboard,
    clock,
    url,
    adminUrl: gate.adminAddress,
    stop: gate.close,
    reload: async (more) => gate.reload(configure(more)),
    log: async () => {
      await log.flush();
      return written;
    },
    audit: () =>
      written
        .split("\n")
        .filter((line) => line.includes('"log":"audit"'))
        .map((line) => JSON.parse(line)),
    browser: (hosts = {}) => {
      const browser = createBrowser({ hosts, jar: createJar(clock.now) });
      clients.push(browser.close);
      return browser;
    },
    beforeClose: (close) => void clients.push(close),
  };
}
