/** The metrics of several processes in one: sums, and what becomes of a process that has gone. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { createMetrics, type Metrics } from "../../src/server/metrics.ts";
import { createMetricsSum, type WorkerFacts } from "../../src/server/metrics-sum.ts";
import { hasPrograms } from "../support/programs.ts";
import { testRuntime } from "../support/still-clock.ts";

const facts: WorkerFacts = {
  serving: 2,
  restarts: 1,
  idp: new Map([["idp", { up: true, at: 1 }]]),
};
const runtime = testRuntime();

function processMetrics(requests: number): Metrics {
  const metrics = createMetrics({ runtime, version: "1", revision: "r", providers: [] });
  const count = metrics.requests(() => {});
  const subject = { requestId: "r", clientAddress: "::1", method: "GET", path: "/" };
  for (let index = 0; index < requests; index += 1) {
    count({ ...subject, startedAt: runtime.now() - 20 }, 200, "session");
  }
  return metrics;
}

const sample = (text: string, name: string) =>
  Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
const cross = async (metrics: Metrics) => structuredClone(await metrics.report());

test("sums counters and histograms, and shows once what is one", async () => {
  const sum = createMetricsSum();
  const reports = [await cross(processMetrics(3)), await cross(processMetrics(4))];
  const text = await sum.text(reports, facts);
  assert.equal(sample(text, "hermes_gate_http_requests_total"), 7);
  assert.equal(sample(text, "hermes_gate_http_request_duration_seconds_count"), 7);
  assert.equal(sample(text, "hermes_gate_build_info"), 1);
  assert.equal(sample(text, "hermes_gate_workers"), 2);
  assert.equal(sample(text, "hermes_gate_worker_restarts_total"), 1);
  assert.match(text, /^hermes_gate_idp_up\{host="idp"\} 1$/m);
  assert.equal(text.match(/^process_start_time_seconds /gm)?.length, 1);
});

test("a sum never falls when processes go, however many and whenever it is asked for", async () => {
  const sum = createMetricsSum();
  const stays = await cross(processMetrics(1));
  const total = async () =>
    sample(await sum.text([stays], facts), "hermes_gate_http_requests_total");
  for (const [index, count] of [5, 6, 7].entries()) {
    sum.retire(await cross(processMetrics(count)));
    if (index === 1) assert.equal(await total(), 12);
  }
  assert.equal(await total(), 19);
  assert.equal(await total(), 19);
  const text = await sum.text([stays], facts);
  assert.equal(sample(text, "hermes_gate_http_request_duration_seconds_count"), 19);
  const alone = await createMetricsSum().text([stays], facts);
  const memory = "process_resident_memory_bytes";
  assert.ok(sample(text, memory) < 1.5 * sample(alone, memory), "a gauge goes with its process");
});

test("promtool accepts the sum", async (t) => {
  if (!hasPrograms(t, "promtool")) return;
  const text = await createMetricsSum().text([await cross(processMetrics(1))], facts);
  execFileSync("promtool", ["check", "metrics"], { input: text, stdio: "pipe" });
});
