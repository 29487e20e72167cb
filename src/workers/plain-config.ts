/**
 * A worker's configuration: the primary's as plain values, and what is one for all workers divided among them. The public base is
 * the one part with functions, which no message carries.
 */
import type { Config } from "../config/config.ts";
import { makeBase, type PublicBase } from "../http/public-base.ts";

export interface PlainConfig extends Omit<Config, "publicUrl"> {
  readonly publicUrl?: Pick<PublicBase, "scheme" | "host" | "prefix">;
}

/** One worker's share. The limit of connections to the dashboard is divided and rounded down, to one at least; 0 stays no limit. */
export function configForWorker({ publicUrl, ...config }: Config): PlainConfig {
  const { upstream, workers } = config;
  const share = Math.floor(upstream.connections / workers);
  const connections = upstream.connections === 0 ? 0 : Math.max(1, share);
  return {
    ...config,
    upstream: { ...upstream, connections },
    ...(publicUrl !== undefined && {
      publicUrl: { scheme: publicUrl.scheme, host: publicUrl.host, prefix: publicUrl.prefix },
    }),
  };
}

/** The configuration as the parts take it. */
export function wholeConfig({ publicUrl, ...config }: PlainConfig): Config {
  if (publicUrl === undefined) return config;
  return { ...config, publicUrl: makeBase(publicUrl.scheme, publicUrl.host, publicUrl.prefix) };
}
