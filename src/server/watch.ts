/**
 * Where the metrics listen to the gate: a function for each part that has something to count, so that no part knows of metrics.
 * Without an admin listener each hands back what it was given, and a request pays nothing for being watched.
 */
import type { Audit } from "../base/audit.ts";
import type { Fetch } from "../base/runtime.ts";
import type { UpstreamNote } from "../proxy/contract.ts";
import type { RefreshNote } from "../session/resolve.ts";
import type { Tickets } from "../ticket/tickets.ts";
import type { AccessLog } from "./access.ts";

export interface Watch {
  /** The same client, with every call to a provider counted. */
  fetch(fetch: Fetch): Fetch;
  audit(audit: Audit): Audit;
  tickets(tickets: Tickets): Tickets;
  /** For requests; the one for upgrades is apart, since a tunnel's duration is no latency. */
  requests(log: AccessLog): AccessLog;
  upgrades(log: AccessLog): AccessLog;
  /** What happens at the upstream and is nobody's answer. */
  readonly upstream?: UpstreamNote;
  /** A request that waited for a refresh has its result. */
  readonly refresh?: RefreshNote;
}

/** Watches nothing. */
export const unwatched: Watch = {
  fetch: (fetch) => fetch,
  audit: (audit) => audit,
  tickets: (tickets) => tickets,
  requests: (log) => log,
  upgrades: (log) => log,
};
