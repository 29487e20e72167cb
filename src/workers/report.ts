/** What workers know of themselves, put together to what the one admin listener tells of the gate. */
import type { IdpCall, MetricsReport } from "../server/metrics.ts";
import type { Readiness } from "../server/readiness.ts";

export interface Report {
  readonly idp: readonly (readonly [host: string, call: IdpCall])[];
  /** As the question was. */
  readonly metrics?: MetricsReport;
  readonly readiness?: Readiness;
}

/** By host the last call that any worker made. */
export function lastCalls(reports: readonly Report[]): ReadonlyMap<string, IdpCall> {
  const last = new Map<string, IdpCall>();
  for (const [host, call] of reports.flatMap(({ idp }) => idp)) {
    if ((last.get(host)?.at ?? Number.NEGATIVE_INFINITY) <= call.at) last.set(host, call);
  }
  return last;
}

export interface GateReadiness extends Readiness {
  readonly workers: { readonly wanted: number; readonly serving: number };
}

export interface ReadinessFacts {
  readonly draining: boolean;
  readonly sessionKey: Readiness["session_key"];
  readonly wanted: number;
}

/**
 * Ready while workers serve and none of those says no: a connection may come to any of them. One that died and is being replaced
 * gets none, and does not count.
 */
export function wholeReadiness(reports: readonly Report[], facts: ReadinessFacts): GateReadiness {
  const found = reports.flatMap(({ readiness }) => readiness ?? []);
  const unready = found.find(({ ready }) => !ready);
  const away = found.find(({ upstream }) => upstream !== "ok");
  return {
    ready: !facts.draining && found.length > 0 && unready === undefined,
    draining: facts.draining,
    session_key: facts.sessionKey,
    store: found.some(({ store }) => store !== "ok") ? "unavailable" : "ok",
    upstream: found.length === 0 ? "unknown: no worker serves" : (away?.upstream ?? "ok"),
    idp: Object.fromEntries(
      [...lastCalls(reports)].map(([host, { up }]) => [host, up ? "ok" : "failing"]),
    ),
    workers: { wanted: facts.wanted, serving: found.length },
  };
}
