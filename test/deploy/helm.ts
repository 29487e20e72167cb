/**
 * `npm run helm:check`: lints the chart and renders it as people would use it, and holds what comes out to the gate like the
 * manifests in `deploy/kubernetes`. Apart from the suite, for Debian has no Helm: `go install helm.sh/helm/v3/cmd/helm@latest`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run, step } from "../image/shell.ts";
import { parseDocuments } from "./files.ts";
import { checkPod } from "./pod.ts";

const chart = fileURLToPath(new URL("../../deploy/helm/hermes-gate", import.meta.url));
const needed = ["config.upstream=http://dashboard:9119", "config.public_url=https://a.example.com"];

const render = (...settings: readonly string[]): Promise<string> =>
  run("helm", [
    ...["template", "gate", chart, "--kube-version", "1.31.0"],
    ...settings.flatMap((setting) => ["--set", setting]),
  ]);

async function kindsOf(...settings: readonly string[]): Promise<readonly string[]> {
  const documents = parseDocuments(await render(...settings));
  await checkPod(documents);
  return documents.map((document) => (document as { kind: string }).kind).toSorted();
}

const everything = [
  ...["replicas=2", "config.store=redis://redis:6379", "ingress.enabled=true"],
  ...["ingress.tlsSecret=a-example-com", "networkPolicy.enabled=true", "podLabels.team=a"],
  ...["sidecars[0].name=dashboard", "sidecars[0].image=dashboard:1", "env[0].name=TZ"],
];

try {
  await step("helm lint", async () => void (await run("helm", ["lint", "--strict", chart])));
  await step("with the least that is needed", async () => {
    assert.deepEqual(await kindsOf(...needed), ["ConfigMap", "Deployment", "Service"]);
  });
  await step("with everything", async () => {
    const kinds = ["ConfigMap", "Deployment", "Ingress", "NetworkPolicy", "PodDisruptionBudget"];
    assert.deepEqual(await kindsOf(...needed, ...everything), [...kinds, "Service"]);
  });
  await step("without upstream, and with two gates that share nothing, it is refused", async () => {
    await assert.rejects(render(), /config\.upstream is needed/);
    await assert.rejects(render(...needed, "replicas=2"), /need config\.store/);
  });
  await step("a value that the chart does not know is refused", async () => {
    await assert.rejects(render(...needed, "replica=2"), /replica/);
    await assert.rejects(render(...needed, "config.listen=:80"), /listen/);
  });
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
