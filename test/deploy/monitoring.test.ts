/** The Grafana dashboard and the alerts that ship with the gate: they name metrics that exist, and Prometheus takes them. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { choosePort } from "../../demo/ports.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { createMetrics } from "../../src/server/metrics.ts";
import { createMetricsSum } from "../../src/server/metrics-sum.ts";
import { startStack } from "../e2e/stack.ts";
import { hasPrograms } from "../support/programs.ts";
import { signIn } from "../support/sign-in.ts";

const deploy = join(import.meta.dirname, "../../deploy");
const rules = join(deploy, "prometheus");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard: { readonly uid: string; readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync(join(deploy, "grafana/hermes-gate.json"), "utf8"),
);
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legend: legendFormat })),
);
const alerts: {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
} = parse(readFileSync(join(rules, "alerts.yml"), "utf8"));

/** Every metric that a gate may show, with workers or without, under the names of its samples. */
async function metricNames(): Promise<ReadonlySet<string>> {
  const options = { runtime: nodeRuntime, version: "0", revision: "0", providers: [] };
  const metrics = createMetrics(options);
  metrics.follow(createServer(), { streams: () => 0 });
  const facts = { serving: 1, restarts: 0, idp: new Map() };
  const texts = [await metrics.text(), await createMetricsSum().text([], facts)];
  const types = texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  return new Set(
    types.flatMap(([, name = "", type]) =>
      type === "histogram" ? ["_bucket", "_count", "_sum"].map((part) => name + part) : [name],
    ),
  );
}

const namesIn = (expr: string): readonly string[] =>
  expr.match(/\b(?:hermes_gate|process|nodejs)_\w+/g) ?? [];

test("the dashboard and the alerts name metrics that exist", async () => {
  const known = await metricNames();
  const named = [...queries, ...alerts.groups.flatMap((group) => group.rules)].flatMap(({ expr }) =>
    namesIn(expr),
  );
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test("every metric of the gate stands on a panel", async () => {
  const shown = new Set(queries.flatMap(({ expr }) => namesIn(expr)));
  const own = [...(await metricNames())].filter((name) => name.startsWith("hermes_gate_"));
  assert.deepEqual(
    own.filter((name) => !shown.has(name) && !/duration_seconds_(?:count|sum)$/.test(name)),
    [],
  );
});

test("the dashboard's panels have ids of their own and lie beside one another", () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    assert.ok(x >= 0 && x + w <= 24);
    return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
});

test("a legend shows only labels that its query keeps", () => {
  for (const { title, expr, legend } of queries) {
    const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
      list.split(", "),
    );
    for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
      assert.ok(kept.includes(label), `${title}: ${label}`);
    }
  }
});

for (const [what, args] of [
  ["the alert rules", ["check", "rules", "alerts.yml"]],
  ["the sample configuration", ["check", "config", "prometheus.yml"]],
  ["what the alerts fire for", ["test", "rules", "alerts.test.yml"]],
] as const) {
  test(`promtool accepts ${what}`, (t) => {
    if (hasPrograms(t, "promtool")) execFileSync("promtool", args, { cwd: rules, stdio: "pipe" });
  });
}

test("Prometheus scrapes a gate, and answers every query of the dashboard", async (t) => {
  if (!hasPrograms(t, "prometheus")) return;
  const {
    adminUrl = "",
    url,
    browser,
  } = await startStack(t, {
    settings: { admin_listen: "127.0.0.1:0" },
  });
  const query = await startPrometheus(t, new URL(adminUrl).host);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const asked = queries.map(({ title, expr }) => ({
    title,
    expr: expr.replaceAll("$__rate_interval", "20s").replaceAll("$instance", ".*"),
  }));
  const deadline = performance.now() + 20_000;
  const rates = asked.find(({ title }) => title === "Requests")?.expr ?? "";
  while (Number((await query(rates)).at(0)?.value[1] ?? 0) === 0) {
    assert.ok(performance.now() < deadline, "the requests were never scraped");
    await alice.fetch(`${url}/api/whoami`);
  }
  const empty: string[] = [];
  for (const { title, expr } of asked) if ((await query(expr)).length === 0) empty.push(title);
  // What did not happen in this visit has no samples.
  const quiet = ["Failures", "Refreshes", "Refreshes", "WebSocket tickets", "Workers", "Workers"];
  assert.deepEqual(empty.toSorted(), quiet);
});

interface Sample {
  readonly value: readonly [number, string];
}

/** Starts it for this target; the function asks it, and fails with its own words. */
async function startPrometheus(t: TestContext, target: string) {
  const folder = mkdtempSync(join(tmpdir(), "gate-prometheus-"));
  const config = join(folder, "prometheus.yml");
  const scrape = `global: { scrape_interval: 250ms }
scrape_configs: [{ job_name: hermes-gate, static_configs: [{ targets: ["${target}"] }] }]\n`;
  writeFileSync(config, scrape);
  const address = `127.0.0.1:${await choosePort(0)}`;
  const flags = ["--storage.tsdb.path", join(folder, "data"), "--web.listen-address", address];
  const child = spawn("prometheus", ["--config.file", config, ...flags], { stdio: "ignore" });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    rmSync(folder, { recursive: true, force: true });
  });
  const deadline = performance.now() + 20_000;
  while ((await fetch(`http://${address}/-/ready`).catch(() => undefined))?.status !== 200) {
    assert.ok(performance.now() < deadline && child.exitCode === null, "Prometheus did not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return async (expr: string): Promise<readonly Sample[]> => {
    const answer = await fetch(
      `http://${address}/api/v1/query?${new URLSearchParams({ query: expr })}`,
    );
    const body = (await answer.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly Sample[] };
    };
    assert.equal(body.error, undefined, expr);
    return body.data?.result ?? [];
  };
}
