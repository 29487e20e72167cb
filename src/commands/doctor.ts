/**
 * Looks at everything that the gate depends on, one check after the other, and tells on one screen what was tried, how long it
 * took and what to do about what failed. It serves nothing, writes nothing and sends nobody's credentials.
 */
import { createHttpClient } from "../base/http-client.ts";
import { silentLog } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Config } from "../config/config.ts";
import type { Problem } from "../config/problems.ts";
import { type Finding, showFinding } from "./doctor-finding.ts";
import { checkKeys, checkPlace, listProblems, listSettings } from "./doctor-gate.ts";
import { checkOutside } from "./doctor-outside.ts";
import { checkProvider } from "./doctor-provider.ts";
import { checkStore } from "./doctor-store.ts";
import { checkUpstream } from "./doctor-upstream.ts";

export interface DoctorDeps {
  readonly runtime: Runtime;
  /** `--url`: the gate as people reach it. */
  readonly url?: string | undefined;
  /** Takes each finding when it is there. */
  readonly tell: (line: string) => void;
}

/** Tells each problem of a configuration with which nothing else can be examined. */
export function tellProblems(problems: readonly Problem[], tell: DoctorDeps["tell"]): void {
  for (const finding of listProblems(problems)) tell(showFinding(finding));
}

/** True when nothing failed. Never fails for what it finds. */
export async function examine(config: Config, deps: DoctorDeps): Promise<boolean> {
  const { runtime, tell } = deps;
  const fetch = createHttpClient({ totalTimeoutMs: 5000 });
  const outside = { ...deps, log: silentLog, fetch };
  let well = true;
  const note = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      if (finding.state === "fail") well = false;
      tell(showFinding(finding));
    }
  };
  note(listSettings(config));
  note(await checkUpstream(config.upstream, runtime));
  for (const provider of config.providers) note(await checkProvider(provider, outside));
  note(checkPlace(config));
  note(checkKeys(config));
  note(await checkStore(config.store, runtime));
  if (deps.url !== undefined) note(await checkOutside(deps.url, config, outside));
  return well;
}
