/**
 * What must be true of manifests that run the gate in a pod, written by hand or made by Helm: they name settings, ports, paths
 * and times that are the gate's own, so that a change of the gate cannot leave them behind.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { schema } from "../../src/config/schema.ts";
import { createAdminServer } from "../../src/server/admin.ts";
import {
  configMap,
  type Deployment,
  deployment,
  networkPolicy,
  pick,
  readText,
  service,
} from "./files.ts";

const imagePort = Number(/^EXPOSE (\d+)$/m.exec(readText("Dockerfile"))?.[1]);
const imageUser = Number(/^USER (\d+):/m.exec(readText("Dockerfile"))?.[1]);

/** Fails with the first thing that does not fit the gate or itself. */
export async function checkPod(documents: readonly unknown[]): Promise<void> {
  const { spec } = pick(documents, deployment, "Deployment").spec.template;
  const text = pick(documents, configMap, "ConfigMap").data["config.yaml"];
  const settings = schema.parse(parse(text));
  const gate = spec.containers.find(({ name }) => name === "gate");
  assert.ok(gate !== undefined);

  const ports = new Map(gate.ports.map(({ name, containerPort }) => [name, containerPort]));
  assert.equal(ports.get("http"), imagePort);
  assert.equal(
    settings.admin_listen,
    `:${ports.get("admin")}`,
    "the kubelet asks the pod's address",
  );
  for (const { targetPort } of pick(documents, service, "Service").spec.ports) {
    assert.equal(targetPort, "http", "the Service leads to the gate's port alone");
  }
  if (documents.some((document) => networkPolicy.safeParse(document).success)) {
    const { ingress } = pick(documents, networkPolicy, "NetworkPolicy").spec;
    const named = ingress.flatMap((rule) => rule.ports.map(({ port }) => port));
    assert.deepEqual(named, ["http", "admin"]);
  }

  await checkProbes(gate);
  assert.deepEqual(gate.securityContext, {
    runAsUser: imageUser,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  const pause = gate.lifecycle?.preStop.sleep.seconds ?? 0;
  assert.ok(
    pause > 0 && spec.terminationGracePeriodSeconds > pause + settings.drain_timeout_seconds,
  );

  const mounts = gate.volumeMounts.map(({ mountPath }) => mountPath);
  assert.ok(mounts.includes("/etc/hermes-gate") && mounts.includes("/var/lib/hermes-gate"));
  const files = text.match(/(?<=_file: )\S+/g) ?? [];
  assert.ok(files.length > 0, "the session secret is given");
  for (const file of files) {
    assert.ok(
      mounts.some((mount) => file.startsWith(`${mount}/`)),
      `${file} is mounted`,
    );
  }
  const volumes = new Set(spec.volumes.map(({ name }) => name));
  assert.deepEqual(new Set(gate.volumeMounts.map(({ name }) => name)), volumes);
}

type Container = Deployment["spec"]["template"]["spec"]["containers"][number];

/** Each probe asks the real admin server for its path. */
async function checkProbes(gate: Container): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = gate;
  const server = createAdminServer({
    metrics: { text: async () => "", contentType: "text/plain" },
    readiness: async () => ({
      ...{ ready: true, draining: false, session_key: "settings", store: "ok", upstream: "ok" },
      idp: {},
    }),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      assert.equal(probe?.httpGet.port, "admin");
      const answer = await fetch(`http://127.0.0.1:${port}${probe.httpGet.path}`);
      assert.equal(answer.status, 200, probe.httpGet.path);
    }
    assert.notEqual(livenessProbe?.httpGet.path, readinessProbe?.httpGet.path);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
