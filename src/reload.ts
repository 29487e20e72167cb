/**
 * Takes a configuration that was read again while the gate serves: all of it or nothing, one after the other. A provider that people
 * use now and that cannot be built from the new settings is a mistake to be told, and not a reason to sign them all out.
 */
import type { Log } from "./base/log.ts";
import { type Changes, changesBetween, withLastingKeys } from "./config/changes.ts";
import type { Config, SkippedProvider } from "./config/config.ts";
import type { Registry } from "./provider/registry.ts";

/** What is in force. */
export interface Standing {
  readonly config: Config;
  readonly registry: Registry;
}

export interface ReloadParts {
  /** Builds the providers of a configuration. Never fails. */
  build(
    config: Config,
  ): Promise<{ readonly registry: Registry; readonly skipped: readonly SkippedProvider[] }>;
  /** Puts it in force, for the requests from here on. */
  take(next: Standing): void;
  readonly log: Log;
}

/** A configuration that was judged, and can be taken. */
export interface Prepared {
  /** What would be taken, or why nothing can be. */
  readonly changes: Changes;
  /** Puts it in force, for the requests from here on. Without effect when nothing can be taken. */
  take(): void;
}

export interface Settings {
  /** The configuration that holds now. */
  config(): Config;
  /** Judges it without taking it: for a caller that asks several gates before any of them takes it. Fails only for a bug. */
  prepare(next: Config): Promise<Prepared>;
  /** Takes it when it can be taken: what was taken, or why nothing was. Fails only for a bug. */
  reload(next: Config): Promise<Changes>;
}

export function createReload(first: Standing, { build, take, log }: ReloadParts): Settings {
  let standing = first;
  let last: Promise<unknown> = Promise.resolve();

  const nothing = (changes: Changes): Prepared => ({ changes, take() {} });

  async function prepare(given: Config): Promise<Prepared> {
    const config = withLastingKeys(standing.config, given);
    const { taken, fixed, refused } = changesBetween(standing.config, config);
    if (fixed.length > 0 || refused.length > 0) return nothing({ taken: [], fixed, refused });
    if (taken.length === 0) return nothing({ taken, fixed, refused });
    const built = taken.includes("providers")
      ? await build(config)
      : { registry: standing.registry, skipped: [] };
    const skipped = [...config.skippedProviders, ...built.skipped];
    const lost = lostProviders(standing.registry, built.registry, skipped, config.insecure);
    if (lost.length > 0) return nothing({ taken: [], fixed, refused: lost });
    return {
      changes: { taken, fixed, refused },
      take() {
        tell(config, built.skipped);
        standing = { config, registry: built.registry };
        take(standing);
      },
    };
  }

  /** The warnings that are new. */
  function tell(config: Config, skipped: readonly SkippedProvider[]): void {
    const known = new Set(standing.config.warnings);
    for (const warning of config.warnings) if (!known.has(warning)) log.warn({}, warning);
    for (const { name, reason } of skipped) {
      log.warn({ provider: name }, `the provider is not used: ${reason}`);
    }
  }

  return {
    config: () => standing.config,
    prepare,
    reload(next) {
      const turn = last.then(async () => {
        const { changes, take } = await prepare(next);
        take();
        return changes;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** Why providers that are used now would be none any more; a provider that was taken out of the file on purpose is not among them. */
function lostProviders(
  before: Registry,
  after: Registry,
  skipped: readonly SkippedProvider[],
  insecure: boolean,
): readonly string[] {
  const nobody = after.providers.length === 0 && !insecure;
  const lost = skipped.filter(
    ({ name }) => nobody || (before.find(name) !== undefined && after.find(name) === undefined),
  );
  const reasons = lost.map(({ name, reason }) => `${name}: ${reason}`);
  return nobody && reasons.length === 0 ? ["no provider would be left to sign in with"] : reasons;
}
