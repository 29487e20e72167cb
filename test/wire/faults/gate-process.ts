/** The gate of `gate-child.ts` as its tests see it: a port, somebody's cookies, a tally, and an orderly end. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { createBrowser } from "../../support/browser.ts";
import { temporaryFolder } from "../../support/config.ts";
import type { ToGate } from "./gate-child.ts";
import type { Tally } from "./tally.ts";

export interface GateProcess {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** What the process holds now. */
  tally(): Promise<Tally>;
  /** The streams and requests that its metrics tell of, by name. */
  gauges(): Promise<Readonly<Record<string, number>>>;
  /** The `Cookie:` line of somebody who signs in now. */
  cookieLine(): Promise<string>;
  /** What it wrote so far. */
  output(): string;
  /** Tells it to stop and resolves to its exit code, once it has ended by itself. */
  stop(): Promise<number | null>;
}

const child = fileURLToPath(new URL("gate-child.ts", import.meta.url));
const provider = fileURLToPath(new URL("provider.ts", import.meta.url));
const gauges = ["http_requests_in_flight", "ws_connections", "event_streams"];

/** Milliseconds after which the gate of these tests gives a silent upstream up. */
export const upstreamTimeoutMs = 300;

/** Starts a gate with time-outs as short as they can be, killed with the test. */
export async function startGateProcess(
  t: TestContext,
  upstream: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<GateProcess> {
  const folder = temporaryFolder(t);
  const admin = join(folder, "admin.sock");
  const configFile = join(folder, "config.yaml");
  const settings = {
    upstream,
    listen: "127.0.0.1:0",
    admin_listen: `unix:${admin}`,
    providers: [{ name: "instant", type: "module", module: provider }],
    state_dir: folder,
    drain_timeout_seconds: 2,
    upstream_options: {
      connect_timeout_ms: upstreamTimeoutMs,
      response_timeout_ms: upstreamTimeoutMs,
      upgrade_timeout_ms: upstreamTimeoutMs,
      ...options,
    },
    // A reader who stalls for the time of a cell is not to be cut: two looks are between one and two times the limit apart.
    limits: { head_timeout_seconds: 1, body_idle_timeout_seconds: 2, keep_alive_seconds: 1 },
  };
  writeFileSync(configFile, stringify(settings));
  const gate = fork(child, [configFile], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  t.after(() => gate.kill("SIGKILL"));
  const output = collect(gate);
  const { address } = (await answerOf(gate, output)) as { readonly address: string };
  const { port, host, origin } = new URL(address);

  return {
    ...{ port: Number(port), host, output },
    async tally() {
      gate.send("tally" satisfies ToGate);
      return (await answerOf(gate, output)) as Tally;
    },
    async gauges() {
      const text = await readMetrics(admin);
      const read = (name: string) => new RegExp(`^hermes_gate_${name} (\\d+)$`, "m").exec(text);
      return Object.fromEntries(gauges.map((name) => [name, Number(read(name)?.[1])]));
    },
    async cookieLine() {
      const browser = createBrowser();
      await browser.visit(`${origin}/auth/login?provider=instant&next=/ok`);
      browser.close();
      return `Cookie: ${browser.jar.header(new URL(origin))}`;
    },
    async stop() {
      const ended = once(gate, "exit");
      gate.send("stop" satisfies ToGate);
      const [code] = await ended;
      return code;
    },
  };
}

function collect(gate: ChildProcess): () => string {
  let text = "";
  for (const stream of [gate.stdout, gate.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  }
  return () => text;
}

/** The next message of the gate. Fails when it ends instead. */
async function answerOf(gate: ChildProcess, output: () => string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const fail = (code: number | null) => reject(new Error(`the gate ended (${code}): ${output()}`));
  gate.once("message", resolve).once("exit", fail);
  try {
    return await promise;
  } finally {
    gate.off("message", resolve).off("exit", fail);
  }
}

async function readMetrics(socketPath: string): Promise<string> {
  const [answer] = await once(
    request({ socketPath, path: "/metrics", agent: false }).end(),
    "response",
  );
  assert.equal(answer.statusCode, 200);
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return text;
}
