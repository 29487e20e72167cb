/**
 * Runs the gate until it is told to stop: starts it, waits for a signal, drains, and says by its exit code how it went. A
 * second signal ends the process at once, since an operator who asks twice does not want to wait.
 */
import type { RootLog } from "../base/log.ts";
import { createLog } from "../base/log.ts";
import { appendingError } from "../base/rotating-file.ts";
import { nodeRuntime } from "../base/runtime.ts";
import { showListen } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { errorCode } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import { ConfigError, showProblem } from "../config/problems.ts";
import { type Running, type ServeDeps, serve } from "../serve.ts";
import { AdminListenFailed } from "../server/admin.ts";
import { isSocketAt } from "../server/left-socket.ts";
import { StorePackageMissing } from "../store/open.ts";
import { exitCodes } from "./exit-codes.ts";
import { nodeVersionWarning } from "./node-version.ts";
import { buildRevision, packageVersion } from "./version.ts";

/** Resolves to the exit code once the gate has stopped, or could not start; what went wrong is on standard error. */
export async function runGate(
  config: Config,
  colour: boolean,
  readAgain: () => Loaded,
): Promise<number> {
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

/** What an operator is told when the gate cannot start; undefined for a bug. */
function explainStart(error: unknown, config: Config): { code: number; text: string } | undefined {
  if (error instanceof ConfigError) return { code: exitCodes.config, text: error.message };
  if (error instanceof StorePackageMissing) {
    const hint = "install it beside the gate (npm install ioredis), or set store to memory";
    return { code: exitCodes.config, text: `error: ${error.message}\nhint: ${hint}` };
  }
  const ofAdmin = error instanceof AdminListenFailed;
  const listen = ofAdmin ? config.adminListen : config.listen;
  const cause = ofAdmin ? error.cause : error;
  if (listen === undefined) return undefined;
  const known = "path" in listen ? socketMend(cause, listen.path) : listenMends[errorCode(cause)];
  if (known === undefined) return undefined;
  const mend = ofAdmin ? known.replace("--listen", "--admin-listen") : known;
  const text = `error: cannot listen on ${showListen(listen)} (${errorCode(cause)})\nhint: ${mend}`;
  return { code: exitCodes.cannotListen, text };
}

const listenMends: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there: stop it, or choose another address with --listen",
  EADDRNOTAVAIL: "this machine has no such address: choose one of its own with --listen",
  ENOTFOUND: "this machine does not know that name: choose an address with --listen",
  EAI_AGAIN: "this machine cannot look up that name: choose an address with --listen",
  EACCES: "this user may not listen there: choose a port above 1023",
  EPERM: "this user may not listen there: choose a port above 1023",
};

/** For a socket the system tells a missing folder and a forbidden one apart by no code: libuv makes EACCES of both. */
function socketMend(error: unknown, path: string): string | undefined {
  const code = errorCode(error);
  if (code === "EADDRINUSE") {
    return isSocketAt(path)
      ? listenMends[code]
      : "something that is no socket has that name: move it away, or choose another path with --listen";
  }
  return ["EACCES", "EPERM", "ENOENT", "ENOTDIR", "EROFS", "ELOOP"].includes(code)
    ? "the folder of the socket is missing, or this user may not write in it"
    : undefined;
}
