/** What the operator reads at the start: the one banner, or why the gate does not start (contract 1, S116, S118). */
import type { Log } from "./base/log.ts";
import { isLoopback } from "./config/address.ts";
import type { Config, SkippedProvider } from "./config/config.ts";
import { ConfigError } from "./config/problems.ts";
import { showStore } from "./config/store-setting.ts";
import { ownPaths } from "./gate/own-paths.ts";

/** The refusal to start without a provider: for each one that was considered why it was skipped, and the mend. */
export function refusalToStart(skipped: readonly SkippedProvider[]): ConfigError {
  const rule = "must hold a provider that can be used, or nobody could sign in";
  return new ConfigError([
    { setting: "providers", rule, hints: skipped.map(({ name, reason }) => `${name}: ${reason}`) },
  ]);
}

export interface Started {
  readonly address: string;
  /** The admin listener's. */
  readonly admin?: string | undefined;
  readonly config: Config;
  readonly registry: { readonly providers: readonly { readonly name: string }[] };
  /** Providers that turned out not to be usable when they were built. */
  readonly skipped: readonly SkippedProvider[];
  readonly version: string;
}

/** Logs where the gate stands and, where there is a sign-in, what to register at the provider. */
export function banner(
  log: Log,
  { address, admin, config, registry, skipped, version }: Started,
): void {
  for (const { name, reason } of skipped) {
    log.warn({ provider: name }, `the provider is not used: ${reason}`);
  }
  const { publicUrl, insecure } = config;
  const { origin, socketPath } = config.upstream.address;
  const upstream = socketPath === undefined ? origin : `unix:${socketPath}`;
  const { callback } = ownPaths(config.gateBase);
  if (insecure) {
    log.warn(
      {},
      "--insecure: there is no sign-in, whoever reaches this address reaches the dashboard",
    );
  }
  const { adminListen } = config;
  if (adminListen !== undefined && !isLoopback(adminListen)) {
    log.warn(
      { admin },
      "the admin listener is not on loopback: whoever reaches it reads the metrics, without sign-in",
    );
  }
  log.info(
    {
      version,
      listen: address,
      ...(admin !== undefined && { admin }),
      ...(config.workers > 1 && { workers: config.workers }),
      upstream,
      public_base: publicUrl?.url("") ?? "from request",
      providers: registry.providers.map((provider) => provider.name),
      ...(!insecure && { redirect_uri: publicUrl?.url(callback) ?? `<public base>${callback}` }),
      store: showStore(config.store),
    },
    `hermes-gate stands at ${address} in front of ${upstream}`,
  );
}
