/**
 * What each command does, and which exit code its outcome has. No logic of its own. Errors go to standard error as `error:` lines
 * in lower case without a final period, with `hint:` lines where there is a mend.
 */
import { nodeRuntime } from "./base/runtime.ts";
import { configSummary } from "./commands/check-config.ts";
import type { Shell } from "./commands/completion.ts";
import type { Described } from "./commands/described.ts";
import { exitCodes } from "./commands/exit-codes.ts";
import { healthcheck } from "./commands/healthcheck.ts";
import { keygen } from "./commands/keygen.ts";
import { versionLine } from "./commands/version.ts";
import type { Loaded, LoadInput } from "./config/load.ts";
import { loadConfig } from "./config/load.ts";
import { showProblem } from "./config/problems.ts";
import { type Given, run } from "./program.ts";
import { workerMark } from "./workers/mark.ts";

/** Runs the command with these arguments; resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (process.env[workerMark] === "1" && process.connected) {
    const { runWorker } = await import("./commands/worker.ts");
    return runWorker();
  }
  const code = await run(args, {
    ...{ version, serve, checkConfig, healthcheck: health, doctor, completion },
    keygen: () => print(keygen(nodeRuntime)),
  });
  return code ?? exitCodes.usage;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function version(): number {
  return print(versionLine(process.env));
}

async function serve(given: Given): Promise<number> {
  const loaded = load(given, "serve");
  if (!loaded.ok) return refuse(loaded, exitCodes.config);
  // Loaded here, so that the other commands do not wait for the whole gate to load.
  const { runGate } = await import("./commands/serve.ts");
  const colour = process.stdout.isTTY && !process.env["NO_COLOR"];
  return runGate(loaded.config, colour, () => load(given, "reload"));
}

function checkConfig(given: Given): number {
  const loaded = load(given, "check");
  if (!loaded.ok) return refuse(loaded, exitCodes.config);
  return print(configSummary(loaded.config));
}

async function health(given: Given): Promise<number> {
  const loaded = load(given, "locate");
  if (!loaded.ok) return refuse(loaded, exitCodes.failure);
  const problem = await healthcheck(loaded.config);
  if (problem === undefined) return exitCodes.ok;
  process.stderr.write(`error: ${problem}\n`);
  return exitCodes.failure;
}

async function doctor(given: Given): Promise<number> {
  const loaded = load(given, "read");
  const { examine, tellProblems } = await import("./commands/doctor.ts");
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  if (!loaded.ok) {
    tellProblems(loaded.problems, tell);
    return exitCodes.failure;
  }
  const well = await examine(loaded.config, { runtime: nodeRuntime, url: given.url, tell });
  return well ? exitCodes.ok : exitCodes.failure;
}

async function completion(shell: Shell, described: Described): Promise<number> {
  const { completionScript } = await import("./commands/completion.ts");
  return print(completionScript(shell, described).trimEnd());
}

function refuse({ problems }: Extract<Loaded, { ok: false }>, code: number): number {
  process.stderr.write(`${problems.map(showProblem).join("\n")}\n`);
  return code;
}

function load({ flags, configFile, insecure }: Given, mode: LoadInput["mode"]): Loaded {
  return loadConfig({
    ...{ flags, insecure, mode },
    ...(configFile !== undefined && { configFile }),
    env: process.env,
    cwd: process.cwd(),
    terminal: process.stdout.isTTY,
    runtime: nodeRuntime,
  });
}
