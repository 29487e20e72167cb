/** The admin listener of a gate with workers: it is the primary's, asks every worker, and answers for all of them (S104). */
import type { Config } from "../config/config.ts";
import { type Admin, openAdmin } from "../server/admin.ts";
import type { MetricsReport } from "../server/metrics.ts";
import type { Worker } from "./employ.ts";
import type { Pool } from "./pool.ts";
import { lastCalls, type Report, wholeReadiness } from "./report.ts";

export interface AdminOfAllParts {
  readonly pool: Pick<Pool, "all" | "serving" | "restarts">;
  /** The configuration that holds now. */
  readonly config: () => Config;
  readonly stopping: () => boolean;
}

/** Opens it, when there is to be one; its library is loaded only then. Fails with AdminListenFailed. */
export async function openAdminOfAll(parts: AdminOfAllParts): Promise<Admin | undefined> {
  const { pool, config, stopping } = parts;
  const { adminListen } = config();
  if (adminListen === undefined) return undefined;
  const { createMetricsSum } = await import("../server/metrics-sum.ts");
  const sum = createMetricsSum();
  const counted = new Map<Worker, MetricsReport>();

  async function text(): Promise<string> {
    const workers = pool.all();
    const reports = await askAll(workers, "metrics");
    for (const [worker, { metrics }] of reports) {
      if (metrics !== undefined) counted.set(worker, metrics);
    }
    for (const [worker, metrics] of counted) {
      if (pool.all().includes(worker)) continue;
      counted.delete(worker);
      sum.retire(metrics);
    }
    return sum.text([...counted.values()], {
      serving: pool.serving().length,
      restarts: pool.restarts(),
      idp: lastCalls([...reports.values()]),
    });
  }

  async function readiness() {
    const reports = await askAll(pool.serving(), "readiness");
    const { session, workers } = config();
    return wholeReadiness([...reports.values()], {
      draining: stopping(),
      sessionKey: session.secrets.length === 0 ? "absent" : session.secretSource,
      wanted: workers,
    });
  }

  return openAdmin(adminListen, { metrics: { text, contentType: sum.contentType }, readiness });
}

/** What those workers answer that do in time. */
async function askAll(
  workers: readonly Worker[],
  about: "metrics" | "readiness",
): Promise<ReadonlyMap<Worker, Report>> {
  const answers = await Promise.all(
    workers.map(async (worker): Promise<[Worker, Report][]> => {
      const answer = await worker.ask({ about }).catch(() => undefined);
      return answer?.report === undefined ? [] : [[worker, answer.report]];
    }),
  );
  return new Map(answers.flat());
}
