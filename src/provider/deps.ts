/** What every provider is given, so that tests can replace time, randomness and the network. */
import type { Log } from "../base/log.ts";
import type { Fetch, Runtime } from "../base/runtime.ts";

export interface ProviderDeps {
  readonly runtime: Runtime;
  /** Bounded as S95 says: `createHttpClient`. */
  readonly fetch: Fetch;
  readonly log: Log;
}

/** A setting that a provider cannot work with: the provider is skipped, with this as the reason. Names setting, rule and mend. */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused";
}
