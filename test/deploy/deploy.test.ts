/** Holds `deploy/` and the Dockerfile to the gate: what they name exists, and their times fit its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { schema } from "../../src/config/schema.ts";
import { environmentNames, flagSources } from "../../src/config/sources.ts";
import { deployPaths, parseDocuments, readText } from "./files.ts";
import { checkPod } from "./pod.ts";

const isTemplate = (path: string) => path.includes("/templates/");
const yamlPaths = deployPaths().filter((path) => /\.ya?ml$/.test(path) && !isTemplate(path));
const drainSeconds = schema.parse({ upstream: ":1" }).drain_timeout_seconds;

test("every YAML file of deploy/ can be read", () => {
  assert.ok(yamlPaths.length > 8);
  for (const path of yamlPaths) {
    assert.doesNotThrow(() => parseDocuments(readText(path)), path);
  }
});

test("every variable that deploy/ and the Dockerfile set is one that the gate reads", () => {
  const known = new Set([...environmentNames(), "HERMES_GATE_GIT_SHA"]);
  const named = deployPaths().flatMap((path) =>
    (readText(path).match(/\bHERMES_[A-Z_]+\b/g) ?? []).map((name) => `${path} ${name}`),
  );
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter((entry) => !known.has(entry.split(" ")[1] ?? "")),
    [],
  );
});

test("the manifests of deploy/kubernetes fit the gate and one another", async () => {
  const kustomization = z.object({ resources: z.array(z.string()) });
  const [listed] = parseDocuments(readText("deploy/kubernetes/kustomization.yaml"));
  const { resources } = kustomization.parse(listed);
  const documents = resources.flatMap((name) =>
    parseDocuments(readText(`deploy/kubernetes/${name}`)),
  );
  await checkPod(documents);
});

test("the chart's own values are settings of the gate, but for what must be given", () => {
  const [values] = parseDocuments(readText("deploy/helm/hermes-gate/values.yaml"));
  const { config } = z.object({ config: z.record(z.string(), z.unknown()) }).parse(values);
  const given = { ...config, upstream: ":9119", public_url: "https://dash.example.com" };
  assert.deepEqual(schema.safeParse(given).error?.issues, undefined);
  assert.equal(config["drain_timeout_seconds"], drainSeconds);
});

test("image and chart carry the version of the package", () => {
  assert.match(
    readText("Dockerfile"),
    new RegExp(`image\\.version="${manifest.version.replaceAll(".", "\\.")}"`),
  );
  const { appVersion } = parse(readText("deploy/helm/hermes-gate/Chart.yaml"));
  assert.equal(appVersion, manifest.version);
  const tags = readText("deploy/kubernetes/deployment.yaml").match(/hermes-gate:[\w.]+/g);
  assert.deepEqual(tags, [`hermes-gate:${manifest.version}`]);
});

test("the image's build copies every file that the build reads", () => {
  const copied = readText("Dockerfile");
  for (const [name] of manifest.scripts.build.matchAll(/tsconfig[\w.]*\.json/g)) {
    assert.match(copied, new RegExp(`^COPY .*\\b${name.replaceAll(".", "\\.")} `, "m"), name);
    assert.ok(readText(".dockerignore").split("\n").includes(`!${name}`), name);
  }
});

test("compose waits longer than the gate drains, and publishes the gate's port on loopback alone", () => {
  const { services } = parse(readText("deploy/compose.yaml"));
  assert.ok(Number.parseInt(services.gate.stop_grace_period, 10) > drainSeconds);
  assert.match(services.gate.ports.join(), /^127\.0\.0\.1:[^,]*:4180$/);
  assert.equal(services.dashboard.ports, undefined);
  assert.equal(services.dashboard.network_mode, "service:gate");
});

test("the systemd unit gives flags that exist, and waits longer than the gate drains", () => {
  const unit = readText("deploy/systemd/hermes-gate.service");
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const flags: readonly string[] = value("ExecStart").match(/--[a-z-]+/g) ?? [];
  const known = new Set(["--config", ...flagSources.map(({ flag }) => flag)]);
  assert.deepEqual(
    flags.filter((flag) => !known.has(flag)),
    [],
  );
  // npm has two places for the command, which systemd searches.
  assert.match(value("ExecStart"), /^hermes-gate /);
  assert.ok(Number(value("TimeoutStopSec")) > drainSeconds);
  assert.match(value("ExecReload"), /-HUP /);
  // The engine compiles to machine code as it runs.
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute=(?!no)/m);
});
