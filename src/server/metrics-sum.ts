/**
 * The metrics of several processes as those of one gate. Counters are summed, and those of a process that is gone stay in the sum: one
 * that falls is a restart to Prometheus, which would count all of the rest again.
 */
import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import { collectProcess, type IdpCall, type MetricsReport } from "./metrics.ts";

export interface MetricsSum {
  readonly contentType: string;
  /** Keeps what a process had counted when it reported last, for it is gone. */
  retire(report: MetricsReport): void;
  /** All of it in the text format of Prometheus, with what this process itself uses. */
  text(reports: readonly MetricsReport[], facts: WorkerFacts): Promise<string>;
}

export interface WorkerFacts {
  readonly serving: number;
  /** Workers started in place of others, ever. */
  readonly restarts: number;
  /** By host the last call. */
  readonly idp: ReadonlyMap<string, IdpCall>;
}

export function createMetricsSum(): MetricsSum {
  const own = new Registry();
  collectProcess(own);
  const startedAt = own.getSingleMetric("process_start_time_seconds");
  const shown = new Registry();
  const registers = [shown];
  if (startedAt !== undefined) shown.registerMetric(startedAt);
  const workers = new Gauge({
    ...{ name: "hermes_gate_workers", registers },
    help: "Worker processes that serve.",
  });
  const restarts = new Counter({
    ...{ name: "hermes_gate_worker_restarts_total", registers },
    help: "Worker processes that were started in place of one that ended.",
  });
  const idpUp = new Gauge({
    ...{ name: "hermes_gate_idp_up", labelNames: ["host"], registers },
    help: "Whether the last call to the identity provider's host was answered, and not with 5xx.",
  });
  let retired: readonly MetricsReport[] = [];

  return {
    contentType: shown.contentType,
    retire(report) {
      // One report for all that are gone, however many that were.
      retired = [sum([...retired, report.filter(grows)]).getMetricsAsArray()];
    },
    async text(reports, facts) {
      workers.set(facts.serving);
      restarts.reset();
      restarts.inc(facts.restarts);
      for (const [host, { up }] of facts.idp) idpUp.set({ host }, up ? 1 : 0);
      const all = sum([...reports, ...retired, await own.getMetricsAsJSON()]);
      return `${await all.metrics()}\n${await shown.metrics()}`;
    },
  };
}

function sum(reports: readonly MetricsReport[]): Registry {
  return AggregatorRegistry.aggregate([...reports]);
}

function grows(metric: object): boolean {
  return "type" in metric && (metric.type === "counter" || metric.type === "histogram");
}
