/** Judges the configuration without starting anything, and tells what the gate would do with it. */
import { showListen } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { showStore } from "../config/store-setting.ts";

/** What a good configuration amounts to, for the eyes of an operator: no secret in it. */
export function configSummary(config: Config): string {
  const { upstream } = config;
  const providers = config.providers.map(({ name, type }) =>
    name === type ? name : `${name} (${type})`,
  );
  const lines = [
    "the configuration is valid",
    `  listen      ${showListen(config.listen)}`,
    ...(config.adminListen === undefined
      ? []
      : [`  admin       ${showListen(config.adminListen)}`]),
    ...(config.workers === 1 ? [] : [`  workers     ${config.workers}`]),
    `  upstream    ${upstream.address.socketPath ?? upstream.address.origin}`,
    `  public base ${config.publicUrl === undefined ? "from each request" : config.publicUrl.url("")}`,
    `  providers   ${providers.join(", ") || "none (--insecure)"}`,
    `  store       ${showStore(config.store)}`,
  ];
  return [
    ...lines,
    ...config.skippedProviders.map(({ name, reason }) => `warning: ${name}: ${reason}`),
    ...config.warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}
