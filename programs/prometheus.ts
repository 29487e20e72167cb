/** Prometheus, as Debian ships it: a page that asks its own API. It has no socket. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program, Visit } from "./program.ts";

export const prometheus: Program = {
  name: "Prometheus",
  variants: [
    { name: "at the root", base: "", gate: {} },
    {
      name: "below a prefix",
      base: "/dash",
      gate: { upstream_options: { prefix: "keep" } },
    },
  ],
  async install() {
    const { error, stdout, stderr } = spawnSync("prometheus", ["--version"], { encoding: "utf8" });
    if (error !== undefined) throw new Error("no prometheus: apt-get install prometheus");
    return `${stdout}${stderr}`.split(" (")[0]?.replace(", version", "") ?? "prometheus";
  },
  prepare({ directory, port, ownBase, url }) {
    const config = join(directory, "prometheus.yml");
    const target = `{ targets: ["127.0.0.1:${port}"] }`;
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: self
    metrics_path: ${ownBase}/metrics
    static_configs: [${target}]
`,
    );
    const flags = {
      "config.file": config,
      "storage.tsdb.path": join(directory, "data"),
      "web.listen-address": `127.0.0.1:${port}`,
      "web.external-url": `${url}/`,
      "web.route-prefix": `${ownBase}/`,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    return { command: "prometheus", args };
  },
  ready: "/-/ready",
  // Debian's copy loads a module as a plain script.
  knownComplaints: /Unexpected token 'export'/,
  steps: [
    { name: "its page, after its own redirect", run: seePage },
    { name: "its API answers a query", run: query },
    { name: "its API takes a query in a POST", run: queryByPost },
    { name: "in Chromium its page shows what the API answers", run: openGraph },
  ],
};

async function seePage({ browser, url }: Visit): Promise<void> {
  const page = await browser.visit(`${url}/`);
  assert.equal(page.status, 200, page.text);
  assert.ok(page.url.startsWith(`${url}/`) && page.url.endsWith("/graph"), page.url);
  assert.match(page.text, /Prometheus/);
}

async function query({ browser, url }: Visit): Promise<void> {
  const answer = await browser.fetch(`${url}/api/v1/query?query=vector(1)%2Bvector(1)`);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"status":"success".*"2"/);
}

async function queryByPost({ browser, url }: Visit): Promise<void> {
  const answer = await browser.fetch(`${url}/api/v1/query`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "query=vector(41)%2Bvector(1)",
  });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"status":"success".*"42"/);
}

/** The query stands in the address, and has to come through the sign-in. */
function openGraph(visit: Visit): Promise<void> {
  return visit.inChromium(
    "/classic/graph?g0.expr=vector(41)%2Bvector(1)&g0.tab=1",
    async (page) => {
      await page.locator("td", { hasText: /^42$/ }).waitFor();
    },
  );
}
