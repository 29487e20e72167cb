/** What must hold of the image by itself: how it is made, what it says of itself, what is in it, and that it starts and stops. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import type { Engine } from "./engine.ts";
import { run, step, until } from "./shell.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The restrictions that the image must live with. */
const confined = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

/** The labels that registries and scanners read. */
const labels = ["title", "description", "version", "revision", "licenses"];

/** Node is nine tenths of it. */
const mostMegabytes = 200;

/** No program that a way in would look for. */
const unwanted = /(?:^|\/)(?:sh|bash|dash|busybox|apt|dpkg|npm|curl|wget|perl|python3?|su|mount)$/;

export interface ImagePlan {
  readonly image: string;
  /** The commit, whole. */
  readonly revision: string;
}

/** Builds and judges it; each step is printed. Fails with the first that does not hold. */
export async function checkImage(engine: Engine, { image, revision }: ImagePlan): Promise<void> {
  const { docker } = engine;
  const inspect = async () => JSON.parse(await docker("image", "inspect", image))[0];

  await step("the Dockerfile is built, with the commit", async () => {
    const commit = `HERMES_GATE_GIT_SHA=${revision}`;
    await docker("build", "--build-arg", commit, "--tag", image, root);
    const megabytes = (await inspect()).Size / 1e6;
    assert.ok(megabytes < mostMegabytes, `${megabytes} MB: what came in that need not be there?`);
    return `${megabytes.toFixed(0)} MB`;
  });

  await step("labels, user, volume, port, stop signal and health check are set", async () => {
    const { Config } = await inspect();
    const told = labels.map((name) => Config.Labels[`org.opencontainers.image.${name}`]);
    assert.ok(told.every(Boolean), JSON.stringify(Config.Labels));
    assert.deepEqual([told[2], told[3]], [manifest.version, revision]);
    assert.equal(Config.User, "65532:65532");
    assert.deepEqual(Object.keys(Config.Volumes), ["/var/lib/hermes-gate"]);
    assert.deepEqual(Object.keys(Config.ExposedPorts), ["4180/tcp"]);
    assert.equal(Config.StopSignal, "SIGTERM");
    assert.deepEqual(Config.Healthcheck.Test, ["CMD", "hermes-gate", "healthcheck"]);
  });

  await step("there is no shell, package manager or set-uid program in it", async () => {
    const container = await docker("create", image);
    const list = `docker export ${container} | tar -tv`;
    const lines = (await run("bash", ["-c", list], { env: engine.env })).trim().split("\n");
    await docker("rm", container);
    const paths = lines.map((line) => line.split(/\s+/)[5] ?? "");
    assert.ok(paths.includes("usr/local/bin/node"), "the list is the image's");
    assert.deepEqual(
      paths.filter((path) => unwanted.test(path)),
      [],
    );
    assert.deepEqual(
      lines.filter((line) => /^-..s|^-.....s/.test(line)),
      [],
    );
    return `${paths.filter((path) => !path.endsWith("/")).length} files`;
  });

  await step("--version tells the commit, without network and with a read-only root", async () => {
    const line = await docker("run", "--rm", "--network=none", ...confined, image, "--version");
    assert.ok(line.includes(`(${revision.slice(0, 8)}, node v`), line);
    return line;
  });

  await step("a configuration that says nothing is refused with code 78", async () => {
    const refused = docker("run", "--rm", "--network=none", ...confined, image);
    await assert.rejects(refused, /: 78\n[\s\S]*upstream/);
  });

  await step("its own HEALTHCHECK reaches healthy; it stops within two seconds, code 0", () =>
    startAndStop(docker, image),
  );
}

async function startAndStop(docker: Engine["docker"], image: string): Promise<string> {
  const settings = {
    HERMES_GATE_UPSTREAM: ":9119",
    HERMES_GATE_OIDC_ISSUER: "https://login.invalid",
    HERMES_GATE_OIDC_CLIENT_ID: "dashboard",
  };
  const env = Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const container = await docker(
    ...["run", "--detach", "--health-interval", "1s", "--network=none"],
    ...[...confined, ...env, image],
  );
  const health = () => docker("inspect", "--format", "{{.State.Health.Status}}", container);
  try {
    const started = performance.now();
    await until("healthy", health, 30);
    const healthyMs = Math.round(performance.now() - started);
    const stopMs = await timedStop(docker, container);
    return `healthy after ${healthyMs} ms, stopped in ${stopMs} ms`;
  } catch (error) {
    console.log(await docker("logs", container));
    throw error;
  } finally {
    await docker("rm", "--force", "--volumes", container);
  }
}

/** `docker stop`: the milliseconds that it took. Fails from two seconds on, and with any code but 0. */
export async function timedStop(docker: Engine["docker"], container: string): Promise<number> {
  const started = performance.now();
  await docker("stop", container);
  const took = Math.round(performance.now() - started);
  const code = await docker("inspect", "--format", "{{.State.ExitCode}}", container);
  assert.equal(code, "0");
  assert.ok(took < 2000, `docker stop took ${took} ms`);
  return took;
}
