/** The log line for an upstream that tried to set a cookie of the gate's (contract 7). Names only, never a value (S101). */
import type { Log } from "../base/log.ts";
import type { Exchange } from "../http/exchange.ts";

/** Logs one warning when there are any. */
export function logRefusedCookies(log: Log, exchange: Exchange, names: readonly string[]): void {
  if (names.length === 0) return;
  log.warn(
    { requestId: exchange.id, cookies: names },
    "the upstream tried to set a cookie of the gate's, which was dropped: set session.cookie_prefix to another name",
  );
}
