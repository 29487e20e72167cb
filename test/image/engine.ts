/**
 * The Docker engine of the check: the one that answers, or one of its own in a folder that is removed, so that a bare machine
 * with Debian's docker.io needs no service that runs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run, works } from "./shell.ts";

export interface Engine {
  /** For docker and compose. */
  readonly env: Readonly<Record<string, string>>;
  /** What it is, in words. */
  readonly description: string;
  /** The command's output, trimmed. */
  docker(...args: readonly string[]): Promise<string>;
  /** Ends it when it was started here. */
  close(): Promise<void>;
}

/** Fails with the mend when there is neither an engine nor the means to start one. */
export async function openEngine(folder: string): Promise<Engine> {
  if (await works("docker", "info")) {
    return describe({}, "the engine that runs here", async () => {});
  }
  if (process.getuid?.() !== 0 || !(await works("dockerd", "--version"))) {
    throw new Error("no Docker engine answers, and none can be started: apt-get install docker.io");
  }
  return startEngine(folder);
}

async function startEngine(folder: string): Promise<Engine> {
  const logFile = join(folder, "dockerd.log");
  const log = openSync(logFile, "a");
  const place = (name: string) => join(folder, name);
  const host = `unix://${place("docker.sock")}`;
  const child = spawn(
    "dockerd",
    [
      ...["--host", host, "--pidfile", place("docker.pid")],
      ...["--data-root", place("data"), "--exec-root", place("exec")],
    ],
    { stdio: ["ignore", log, log] },
  );
  const ended = once(child, "exit");
  process.once("exit", () => child.kill("SIGTERM"));
  const env = { DOCKER_HOST: host };
  const deadline = performance.now() + 60_000;
  while (!(await answers(env))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGTERM");
      const said = readFileSync(logFile, "utf8").trim().split("\n").slice(-10).join("\n");
      throw new Error(`dockerd does not start:\n${said}`);
    }
  }
  return describe(env, "an engine of its own", async () => {
    child.kill("SIGTERM");
    await ended;
    await unmountBelow(folder);
  });
}

function answers(env: Readonly<Record<string, string>>): Promise<boolean> {
  return run("docker", ["info"], { env, timeoutMs: 5000 }).then(
    () => true,
    () => false,
  );
}

async function describe(
  own: Readonly<Record<string, string>>,
  kind: string,
  close: () => Promise<void>,
): Promise<Engine> {
  const builder = await chooseBuilder(own);
  const { env } = builder;
  const docker = async (...args: readonly string[]) => (await run("docker", args, { env })).trim();
  const server = "{{.ServerVersion}}, {{.Driver}}, {{.Architecture}}";
  const said = await docker("info", "--format", server);
  const description = `${kind}, Docker ${said}; images are built by ${builder.name}`;
  return { env, docker, close, description };
}

/** BuildKit where its client is, as Docker does since 23; else, or with DOCKER_BUILDKIT=0, the builder that Docker has itself. */
async function chooseBuilder(own: Readonly<Record<string, string>>) {
  const buildKit =
    process.env["DOCKER_BUILDKIT"] !== "0" && (await works("docker", "buildx", "version"));
  if (!buildKit) {
    return { name: "the classic builder", env: { ...own, DOCKER_BUILDKIT: "0" } };
  }
  const [, version] = (await run("docker", ["buildx", "version"])).split(" ");
  return { name: `BuildKit, buildx ${version}`, env: { ...own, DOCKER_BUILDKIT: "1" } };
}

/** What dockerd leaves mounted, its network namespace, would hold the folder. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const places = mounts.map((line) => line.split(" ")[1] ?? "");
  const below = places.filter((place) => place.startsWith(`${folder}/`));
  for (const place of below.reverse()) await run("umount", [place]);
}
