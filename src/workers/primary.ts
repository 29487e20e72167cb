/**
 * The gate as several processes behind one address (docs/adr/0006-workers.md): this one holds what they share, which is the store, the
 * audit file, the output, the admin listener and the settings, and serves no request itself. To its caller it is a gate like
 * the one that is a single process.
 */
import { banner } from "../banner.ts";
import { neverFailing } from "../base/audit-writer.ts";
import type { RootLog } from "../base/log.ts";
import { createRotatingFile } from "../base/rotating-file.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Config } from "../config/config.ts";
import type { Running } from "../serve.ts";
import type { Admin } from "../server/admin.ts";
import { removeLeftSocket } from "../server/left-socket.ts";
import { createSharedMemory } from "../store/shared-memory.ts";
import { openAdminOfAll } from "./admin.ts";
import { createFork } from "./child.ts";
import { employ } from "./employ.ts";
import { configForWorker } from "./plain-config.ts";
import { createPool, type Pool } from "./pool.ts";
import { createSettingsOfAll } from "./reload.ts";

export interface PrimaryDeps {
  readonly runtime: Runtime;
  readonly log: RootLog;
  readonly version: string;
  readonly revision?: string;
  /** Colours in the pretty log. */
  readonly colour: boolean;
  /** Takes whole lines of the workers' standard error. */
  readonly stderr: (lines: string) => void;
}

/** Milliseconds that workers have to end beyond the drain, before they are killed. */
const graceMs = 5000;

/** Starts the workers. Fails as `serve` does, when the first of them fails. */
export async function serveWithWorkers(config: Config, deps: PrimaryDeps): Promise<Running> {
  const { runtime, log, version, revision, colour, stderr } = deps;
  const auditFile =
    config.auditFile === undefined ? undefined : createRotatingFile({ path: config.auditFile });
  const desk = {
    fork: createFork({ stdout: log.passOn, stderr }),
    memory: createSharedMemory({ runtime }),
    audit: neverFailing((line) => auditFile?.write(line), log),
  };
  // Here, where one process looks: a worker could take what another has just made for one that was left.
  if ("path" in config.listen) await removeLeftSocket(config.listen.path);
  const settings = createSettingsOfAll(config, { pool: () => pool, log });
  const pool: Pool = createPool({
    ...{ count: config.workers, runtime, log },
    employ: (events) => employ(desk, events),
    startOrder: () => ({
      kind: "start",
      config: configForWorker(settings.config()),
      ...{ version, revision, colour },
    }),
  });
  let stopping = false;

  const { address, providers, skipped } = await pool.started;
  const admin = await openAdminOfAll({
    ...{ pool, config: settings.config, stopping: () => stopping },
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const registry = { providers: providers.map((name) => ({ name })) };
  banner(log, { address, admin: admin?.address, config, registry, skipped, version });

  async function stop(open?: Admin): Promise<void> {
    stopping = true;
    await pool.stop(settings.config().drainTimeoutSeconds * 1000 + graceMs);
    // Last, so that it tells of the draining.
    await open?.close();
    auditFile?.close();
  }
  let stopped: Promise<void> | undefined;
  return {
    address,
    ...(admin !== undefined && { adminAddress: admin.address }),
    reload: settings.reload,
    close() {
      stopped ??= stop(admin);
      return stopped;
    },
  };
}
