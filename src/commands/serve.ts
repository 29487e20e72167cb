/**
 * Runs the gate until it is told to stop: starts it, waits for a signal, drains, and says by its exit code how it went. A
 * second signal ends the process at once, since an operator who asks twice does not want to wait.
 */
import { collectFullyWhenGrown } from "../base/full-collections.ts";
import type { RootLog } from "../base/log.ts";
import { createLog } from "../base/log.ts";
import { appendingError } from "../base/rotating-file.ts";
import { nodeRuntime } from "../base/runtime.ts";
import type { Config } from "../config/config.ts";
import { errorCode } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import { showProblem } from "../config/problems.ts";
import { type Running, type ServeDeps, serve } from "../serve.ts";
import { exitCodes } from "./exit-codes.ts";
import { explainStart } from "./explain-start.ts";
import { nodeVersionWarning } from "./node-version.ts";
import { buildRevision, packageVersion } from "./version.ts";

/** Resolves to the exit code once the gate has stopped, or could not start; what went wrong is on standard error. */
export async function runGate(
  config: Config,
  colour: boolean,
  readAgain: () => Loaded,
): Promise<number> {
  // A full disk or a closed pipe behind it must not end the gate: a module of the operator's may write there, or Node itself.
  process.stderr.on("error", () => {});
  collectFullyWhenGrown();
  const log = createLog({ ...config.log, colour });
  const warnings = [
    nodeVersionWarning(process.versions.node),
    auditFileWarning(config.auditFile),
    ...config.warnings,
  ];
  for (const warning of warnings) {
    if (warning !== undefined) log.warn({}, warning);
  }
  for (const { name, reason } of config.skippedProviders) {
    log.warn({ provider: name }, `the provider is not used: ${reason}`);
  }
  try {
    const version = packageVersion();
    const revision = buildRevision(process.env);
    const gate = await startGate(config, { runtime: nodeRuntime, log, version, revision }, colour);
    const onHangup = () => void reload(gate, readAgain(), log);
    process.on("SIGHUP", onHangup);
    return await untilStopped(gate, log).finally(() => process.off("SIGHUP", onHangup));
  } catch (error) {
    const failure = explainStart(error, config);
    if (failure === undefined) throw error;
    process.stderr.write(`${failure.text}\n`);
    return failure.code;
  } finally {
    await log.flush();
  }
}

/** One process, or several. What several need is loaded only for them. */
async function startGate(config: Config, deps: ServeDeps, colour: boolean): Promise<Running> {
  if (config.workers === 1) return serve(config, deps);
  const { serveWithWorkers } = await import("../workers/primary.ts");
  const stderr = (lines: string): void => void process.stderr.write(lines);
  return serveWithWorkers(config, { ...deps, colour, stderr });
}

/** SIGHUP: takes what can be taken, or keeps what there is and says why. */
async function reload(gate: Pick<Running, "reload">, loaded: Loaded, log: RootLog): Promise<void> {
  if (!loaded.ok) {
    const problems = loaded.problems.map(showProblem);
    log.error({ problems }, "the new configuration is not valid: the one before stays");
    return;
  }
  const { taken, fixed, refused } = await gate.reload(loaded.config);
  if (refused.length > 0) {
    log.error({ problems: refused }, "the new configuration cannot be taken: the one before stays");
  } else if (fixed.length > 0) {
    log.error({ settings: fixed }, "these settings need a restart: the configuration before stays");
  } else {
    log.info({ changed: taken }, "the configuration was read again");
  }
}

/** Waits for a signal or a bug that nothing caught, then stops the gate in order. */
function untilStopped(gate: { close(): Promise<void> }, log: RootLog): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (code: number) => {
      stopping = true;
      gate.close().then(() => resolve(code), reject);
    };
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      log.info({ signal }, "stopping: requests may finish, sockets are closed");
      stop(exitCodes.ok);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
    process.on("uncaughtException", (err) => {
      log.error({ err }, "a bug that nothing caught: the gate stops");
      if (!stopping) stop(exitCodes.failure);
    });
  });
}

/** At the start, and not only with the first event, which may be days away. */
function auditFileWarning(path: string | undefined): string | undefined {
  const error = path === undefined ? undefined : appendingError(path);
  if (error === undefined) return undefined;
  return `the audit file ${path} cannot be written (${errorCode(error)}): events are lost until it can; set audit.file to another`;
}
