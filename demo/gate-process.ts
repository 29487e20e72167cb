/** The gate as a process of its own, started by its command with flags and variables as an operator starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface GateProcessOptions {
  readonly upstream: string;
  readonly port: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly stateDir: string;
  readonly auditFile: string;
  /** `inherit` shows the gate's log, `keep` holds it back until something fails. */
  readonly log: "inherit" | "keep";
  /** The program and its first arguments. Default: this checkout's own command, on this Node. */
  readonly command?: readonly [string, ...string[]];
  /** More flags, before the others. */
  readonly flags?: readonly string[];
  /** More of the gate's variables. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GateProcess {
  readonly pid: number;
  /** Resolves when the process has ended: with a sentence that says how. */
  readonly ended: Promise<string>;
  /** What the gate wrote so far, when it is kept. */
  output(): string;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

const ownCommand = fileURLToPath(new URL("../bin/hermes-gate.js", import.meta.url));

/** Starts the gate and waits until it answers. Fails with its own words when it ends first. */
export async function startGateProcess(options: GateProcessOptions): Promise<GateProcess> {
  const flags = [
    ["--upstream", options.upstream],
    ["--listen", `127.0.0.1:${options.port}`],
    ["--issuer", options.issuer],
    ["--client-id", options.clientId],
    ["--log-level", "warn"],
  ];
  const [program, ...first] = options.command ?? [process.execPath, ownCommand];
  const child = spawn(program, [...first, "serve", ...(options.flags ?? []), ...flags.flat()], {
    // An empty directory of its own: a config.yaml that lies about must not take part.
    cwd: options.stateDir,
    env: {
      ...withoutGateSettings(process.env),
      HERMES_GATE_STATE_DIR: options.stateDir,
      HERMES_GATE_AUDIT_FILE: options.auditFile,
      ...options.env,
    },
    // A group of its own: Ctrl-C reaches this process alone, which then stops the gate once and in order.
    detached: true,
    stdio: ["ignore", options.log === "keep" ? "pipe" : "inherit", "pipe"],
  });
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      kept += text;
      if (options.log === "inherit") process.stderr.write(text);
    });
  }
  const cut = (): void => void child.kill("SIGKILL");
  process.once("exit", cut);
  const ended = endOf(child);
  void ended.then(() => process.off("exit", cut));
  const failure = await waitUntilUp(`http://127.0.0.1:${options.port}/api/auth/status`, ended);
  if (failure !== undefined) {
    child.kill("SIGKILL");
    throw new Error(`${failure}\n${kept}`.trim());
  }
  return { pid: child.pid ?? 0, ended, output: () => kept, stop: () => stop(child) };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`the gate could not be started: ${error.message}`));
    child.once("close", (code, signal) =>
      resolve(`the gate ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}

/** Undefined once the address answers; otherwise why it never will. */
async function waitUntilUp(url: string, ended: Promise<string>): Promise<string | undefined> {
  let failure: string | undefined;
  void ended.then((how) => {
    failure = how;
  });
  const deadline = performance.now() + 20_000;
  while (failure === undefined && performance.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return failure ?? `the gate did not answer ${url} within 20 seconds`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await closed;
  clearTimeout(hard);
}

function withoutGateSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^HERMES_(GATE|DASHBOARD)_/.test(name)),
  );
}
