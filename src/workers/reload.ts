/**
 * New settings in all workers or in none. Each worker is asked whether it can take them, for a provider of new settings may turn out not
 * to be usable only where it is built; and only when all can are they told to.
 */
import type { RootLog } from "../base/log.ts";
import { type Changes, changesBetween, withLastingKeys } from "../config/changes.ts";
import type { Config } from "../config/config.ts";
import type { Worker } from "./employ.ts";
import { configForWorker } from "./plain-config.ts";
import type { Pool } from "./pool.ts";

export interface SettingsOfAll {
  /** The configuration that holds now. */
  config(): Config;
  /** What was taken, or why nothing was. Never fails. */
  reload(next: Config): Promise<Changes>;
}

/** Milliseconds for a worker to build its providers. */
const answerMs = 15_000;

/** `pool` is asked for at each reload: it takes its first settings from here. */
export function createSettingsOfAll(
  first: Config,
  { pool, log }: { readonly pool: () => Pick<Pool, "all">; readonly log: RootLog },
): SettingsOfAll {
  let standing = first;
  let last: Promise<unknown> = Promise.resolve();

  async function judge(given: Config): Promise<Changes> {
    const config = withLastingKeys(standing, given);
    const changes = changesBetween(standing, config);
    const asked = new Set(pool().all());
    const refused = await refusals([...asked], config);
    const { fixed } = changes;
    const against = [...changes.refused, ...refused];
    if (fixed.length > 0 || against.length > 0) return { taken: [], fixed, refused: against };
    if (changes.taken.length > 0) take(config, asked);
    return changes;
  }

  async function refusals(workers: readonly Worker[], config: Config): Promise<readonly string[]> {
    const answers = await Promise.all(workers.map((worker) => refusedBy(worker, config)));
    return [...new Set(answers.flat())];
  }

  async function refusedBy(worker: Worker, config: Config): Promise<readonly string[]> {
    const question = { about: "settings", config: configForWorker(config) } as const;
    try {
      const { changes } = await worker.ask(question, answerMs);
      return changes?.refused ?? [];
    } catch {
      // One that has died takes nothing: who takes its place is told the new settings.
      return pool().all().includes(worker) ? ["a worker does not answer"] : [];
    }
  }

  function take(config: Config, asked: ReadonlySet<Worker>): void {
    tellNewWarnings(config);
    standing = config;
    log.setLevel(config.log.level);
    for (const worker of pool().all()) {
      // Started since: it may have been told the settings before.
      if (!asked.has(worker)) void refusedBy(worker, config);
      worker.send({ kind: "take" });
    }
  }

  function tellNewWarnings({ warnings }: Config): void {
    const known = new Set(standing.warnings);
    for (const warning of warnings) if (!known.has(warning)) log.warn({}, warning);
  }

  return {
    config: () => standing,
    reload(next) {
      const turn = last.then(() => judge(next));
      last = turn.catch(() => {});
      return turn;
    },
  };
}
