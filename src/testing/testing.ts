/**
 * `hermes-gate/testing`: what the author of a provider module tests it with. Not loaded by the gate. One entry point, since the
 * suite tells errors apart by their class, and a second copy of a class would be another.
 */
import { silentLog } from "../base/log.ts";
import { type Fetch, nodeRuntime, type Runtime } from "../base/runtime.ts";
import type { Provider } from "../provider/contract.ts";
import { type ProviderFactory, providerKit } from "../provider/plug-in.ts";
import { createRegistry } from "../provider/registry.ts";

export { createNetwork, type Network } from "./network.ts";
export { testProvider } from "./provider-suite.ts";
export type { ProviderSubject, SkippedCases } from "./subject.ts";

export interface PlugInOptions {
  /** As in the configuration. */
  readonly name: string;
  /** The entry's other keys, as they stand in the configuration. Default none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Claims that `allow` rules name. Default none. */
  readonly keepClaims?: readonly string[];
  readonly fetch: Fetch;
  /** Default: the real clock and random source. */
  readonly runtime?: Runtime;
}

/** The provider, made and judged as the gate does it at the start. Fails with what the factory throws, or SettingsRefused. */
export async function makePlugIn(
  factory: ProviderFactory,
  { name, options = {}, keepClaims = [], fetch, runtime = nodeRuntime }: PlugInOptions,
): Promise<Provider> {
  const settings = {
    name,
    displayName: name,
    keepClaims,
    options,
    module: "",
    type: "module",
  } as const;
  const provider = await factory(settings, { runtime, fetch, log: silentLog }, providerKit);
  createRegistry([provider]);
  return provider;
}
