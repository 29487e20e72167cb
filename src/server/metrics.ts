/**
 * Counts what the gate does, for Prometheus. Labels are closed sets or come from the configuration, never from a request: a path
 * or a user as a label would grow without end, and would tell whoever may read the metrics who did what (S94, S104).
 */
import type { Server, ServerResponse } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { AuditEvent, AuditFields } from "../base/audit.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Upstream } from "../proxy/contract.ts";
import { createTally } from "./tally.ts";
import type { Watch } from "./watch.ts";

export interface MetricsOptions {
  readonly runtime: Runtime;
  readonly version: string;
  /** The commit, as far as it is known. */
  readonly revision: string;
  /** The names that the label `provider` may have; any other is `other`. */
  readonly providers: readonly string[];
}

export interface Metrics extends Watch {
  /** Follows these from now on: to be called once, before the first request. */
  follow(server: Server, upstream: Pick<Upstream, "streams">): void;
  /** Lets the label `provider` have these names too: of providers that came by a change of settings. */
  know(providers: readonly string[]): void;
  /** The last call to each provider's host. */
  readonly idp: ReadonlyMap<string, IdpCall>;
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  /** As plain values, to be summed with those of other processes. */
  report(): Promise<MetricsReport>;
}

/** How a call to a provider ended. */
export interface IdpCall {
  /** It was answered, and not with 5xx. */
  readonly up: boolean;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}

/** The metrics of a process, as the library hands them from one to another. */
export type MetricsReport = readonly object[];

/** Seconds: from what the gate itself costs to what a slow dashboard takes. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Hosts of providers that are told apart: of more than that the rest is `other` (S94). */
const maxHosts = 50;

export function createMetrics(options: MetricsOptions): Metrics {
  const { runtime } = options;
  const register = new Registry();
  const registers = [register];
  const counter = <const L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `hermes_gate_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name: `hermes_gate_${name}`, help, registers },
      collect() {
        this.set(read());
      },
    });

  const requests = createTally(register);
  const latency = new Histogram({
    ...{ name: "hermes_gate_http_request_duration_seconds", registers, buckets },
    help: "Seconds from the head of a request to the end of its answer, upgrades left out.",
  });
  const logins = counter("auth_logins_total", "Sign-ins.", "provider", "result");
  const refreshes = counter(
    "auth_refresh_total",
    "Refreshes asked of a provider.",
    "provider",
    "result",
  );
  const coalesced = counter(
    "auth_refresh_coalesced_total",
    "Requests that were given the result of a refresh that another had asked for.",
    "how",
  );
  const tickets = counter("ws_tickets_total", "WebSocket tickets.", "event");
  const upstreamErrors = counter(
    "upstream_errors_total",
    "Requests and upgrades that failed at the dashboard.",
    "error",
  );
  const upstreamRetries = counter(
    "upstream_retries_total",
    "Requests sent again, since their kept connection had died unseen.",
  );
  const idpRequests = counter(
    "idp_requests_total",
    "Calls to identity providers.",
    "host",
    "result",
  );
  const idpUp = new Gauge({
    // Of several processes the last call counts, which no sum can say.
    ...{ name: "hermes_gate_idp_up", labelNames: ["host"], registers, aggregator: "omit" },
    help: "Whether the last call to the identity provider's host was answered, and not with 5xx.",
  });
  new Gauge({
    ...{ name: "hermes_gate_build_info", help: "Always 1.", registers, aggregator: "first" },
    labelNames: ["version", "revision", "node"],
  }).set({ version: options.version, revision: options.revision, node: process.version }, 1);
  collectProcess(register);

  const names = new Set(options.providers);
  const idp = new Map<string, IdpCall>();
  const asked = new WeakSet<object>();
  let begun = 0;
  let ended = 0;

  function noteCall(url: string, status: number | undefined): void {
    const { host: given } = new URL(url);
    const host = idp.has(given) || idp.size < maxHosts ? given : "other";
    const up = status !== undefined && status < 500;
    idp.set(host, { up, at: runtime.now() });
    idpUp.set({ host }, up ? 1 : 0);
    idpRequests.inc({ host, result: status === undefined ? "failed" : String(status) });
  }

  function noteEvent(event: AuditEvent, fields: AuditFields): void {
    const { reason = "error" } = fields;
    const known = typeof fields["provider"] === "string" && names.has(fields["provider"]);
    const provider = known ? String(fields["provider"]) : "other";
    if (event === "login_start") logins.inc({ provider, result: "started" });
    else if (event === "login_success") logins.inc({ provider, result: "success" });
    else if (event === "login_failure") logins.inc({ provider, result: "failure" });
    else if (event === "refresh_success") refreshes.inc({ provider, result: "success" });
    else if (event === "refresh_failure") refreshes.inc({ provider, result: String(reason) });
    else if (event === "ws_ticket_minted") tickets.inc({ event: "minted" });
    else if (event === "ws_ticket_rejected") tickets.inc({ event: "rejected" });
  }

  return {
    idp,
    contentType: register.contentType,
    text: () => register.metrics(),
    report: () => register.getMetricsAsJSON(),
    know(providers) {
      for (const name of providers) names.add(name);
    },
    follow(server, upstream) {
      const begin = (_request: unknown, response: ServerResponse) => {
        // A pipelined one begins with its turn, and never when its client leaves before.
        if (response.socket === null) response.once("socket", () => begin(_request, response));
        else begun += 1;
      };
      for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, begin);
      gauge("http_requests_in_flight", "Requests without a whole answer.", () => begun - ended);
      gauge("ws_connections", "Open WebSockets.", () => upstream.streams("socket"));
      gauge("event_streams", "Open event streams.", () => upstream.streams("events"));
    },
    fetch: (fetch) => async (url, init) => {
      try {
        const answer = await fetch(url, init);
        noteCall(url, answer.status);
        return answer;
      } catch (error) {
        noteCall(url, undefined);
        throw error;
      }
    },
    audit:
      (audit) =>
      (event, subject, fields = {}) => {
        if (event === "refresh_success" || event === "refresh_failure") asked.add(subject);
        noteEvent(event, fields);
        audit(event, subject, fields);
      },
    tickets: (inner) => ({
      mint: inner.mint,
      async redeem(ticket) {
        const holder = await inner.redeem(ticket);
        if (holder !== undefined) tickets.inc({ event: "redeemed" });
        return holder;
      },
    }),
    requests: (log) => (subject, status, outcome) => {
      ended += 1;
      requests.add(subject.method, status, outcome);
      latency.observe((runtime.now() - subject.startedAt) / 1000);
      log(subject, status, outcome);
    },
    upgrades: (log) => (subject, status, outcome) => {
      requests.add(subject.method, status, outcome);
      log(subject, status, outcome);
    },
    upstream(event) {
      if (event === "retried") upstreamRetries.inc();
      else upstreamErrors.inc({ error: event });
    },
    refresh(exchange, shared) {
      if (shared) coalesced.inc({ how: "shared" });
      else if (!asked.has(exchange)) coalesced.inc({ how: "replayed" });
    },
  };
}

/** Adds what Node tells of the process. */
export function collectProcess(register: Registry): void {
  collectDefaultMetrics({ register });
  // Gauges under the name of a counter, which promtool refuses; the same numbers stand by type without `_total`.
  for (const kind of ["handles", "requests", "resources"]) {
    register.removeSingleMetric(`nodejs_active_${kind}_total`);
  }
}
