/** Everything from the browser to the dashboard, with a real proxy at the edge that speaks TLS: its own process, on a free port. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { choosePort } from "../../demo/ports.ts";
import { startStack } from "../e2e/stack.ts";
import { type Browser, createBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/config.ts";
import { createJar } from "../support/jar.ts";
import { makeCertificate } from "./certificate.ts";
import { hosts, type OuterProxy, type ProxyPlan, places } from "./proxies.ts";

/** Where the browser connects from: loopback, but no trusted proxy of these gates. */
export const clientAddress = "127.0.0.9";

/** For every test here: a proxy that holds an answer back would otherwise hold the test. */
export const limits = { timeout: 30_000 } as const;

export interface OuterOptions {
  /** Keys of the gate's configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Makes the sample another one. */
  readonly edit?: (sample: string) => string;
  /** Milliseconds between two ticks of the dashboard. Default 20. */
  readonly beatMs?: number;
}

/** Starts provider, dashboard, gate and proxy; all of them end with the test. */
export async function startOuter(t: TestContext, proxy: OuterProxy, options: OuterOptions = {}) {
  const { settings = {}, edit = (sample) => sample, beatMs = 20 } = options;
  // Not all of 127.0.0.0/8: the browser is on this machine too, and must not be taken for a proxy.
  const trusted = { trusted_proxies: ["127.0.0.1"], ...settings };
  const stack = await startStack(t, { settings: trusted, beatMs });
  for (const { base } of places) stack.idp.allowRedirect(`${base}/auth/callback`);
  const folder = temporaryFolder(t);
  const certificate = makeCertificate(folder, hosts);
  const sample = readFileSync(new URL(`../../deploy/${proxy.sample}`, import.meta.url), "utf8");
  const gatePort = Number(new URL(stack.url).port);
  const ends = { after: stack.beforeClose };
  const port = await startProxy(ends, proxy, edit(sample), { folder, gatePort, certificate });

  const place = `https://127.0.0.1:${port}`;
  const routes = Object.fromEntries(hosts.map((host) => [`https://${host}`, place]));
  const { ca } = certificate;
  const browser = (): Browser => {
    const jar = createJar(stack.clock.now);
    const made = createBrowser({ hosts: routes, jar, ca, localAddress: clientAddress });
    stack.beforeClose(made.close);
    return made;
  };
  return { ...stack, browser, place, port, ca };
}

/** Another process may take a free port before the proxy does: then another one is tried. */
export async function startProxy(
  t: { after(end: () => void): void },
  proxy: OuterProxy,
  sample: string,
  plan: Omit<ProxyPlan, "port">,
): Promise<number> {
  const configFile = join(plan.folder, proxy.sample);
  let said = "";
  for (let tries = 0; tries < 3; tries += 1) {
    const port = await choosePort(0);
    writeFileSync(configFile, proxy.configure(sample, { ...plan, port }));
    const child = spawn(proxy.program, proxy.args(configFile, port), {
      cwd: plan.folder,
      env: { PATH: process.env["PATH"], HOME: plan.folder, XDG_DATA_HOME: plan.folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => void child.kill("SIGKILL"));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    if (await answers(child, port, plan.certificate.ca)) return port;
    child.kill("SIGKILL");
  }
  throw new Error(`${proxy.name} does not start:\n${said}`);
}

/** True once the gate answers through it; false when the process ends before, or ten seconds have passed. */
async function answers(child: ChildProcess, port: number, ca: string): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    if ((await statusAt(port, ca)) === 200) return child.exitCode === null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Asks for the gate's status. Traefik listens before it has read its file: with another certificate, and without a route. */
function statusAt(port: number, ca: string): Promise<number | undefined> {
  const { hostname } = new URL(places[0]?.base ?? "");
  return new Promise((resolve) => {
    const asked = get(
      {
        ...{ host: "127.0.0.1", port, ca, servername: hostname, agent: false },
        ...{ path: "/api/auth/status", headers: { host: hostname } },
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    asked.setTimeout(2000, () => asked.destroy());
    asked.once("error", () => resolve(undefined));
  });
}
