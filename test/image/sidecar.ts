/** `deploy/compose.yaml` with the demo's provider beside it, started as a user starts it. */
import { choosePort } from "../../demo/ports.ts";
import type { Engine } from "./engine.ts";
import { run, until, works } from "./shell.ts";

export interface Sidecar {
  /** Which compose it is, in its own words. */
  readonly compose: string;
  /** `http://localhost:port` of the gate, as published. */
  readonly url: string;
  /** The provider's, as published. */
  readonly issuer: string;
  readonly accessTokenSeconds: number;
  /** The container of a service, one that was stopped too. */
  container(service: string): Promise<string>;
  /** What a service wrote to standard output. */
  logs(service: string): Promise<string>;
  /** Starts what is not there, and waits until the gate is healthy. */
  up(): Promise<void>;
  /** `compose down` without a word more: what was made goes, but the volumes stay. */
  down(): Promise<void>;
  /** Kinds of what there is of it, as Docker lists it: `container`, `network`, `volume`. */
  remains(): Promise<readonly string[]>;
  /** Stops all, with their volumes. */
  close(): Promise<void>;
}

/** The compose of Docker's plug-in, or Debian 12's own command. */
async function composeCommand(): Promise<readonly [string, ...string[]]> {
  if (await works("docker", "compose", "version")) return ["docker", "compose"];
  if (await works("docker-compose", "version")) return ["docker-compose"];
  throw new Error("no compose: apt-get install docker-compose");
}

/** Starts it with images that are built already, and waits until the gate is healthy. */
export async function startSidecar(engine: Engine, folder: string): Promise<Sidecar> {
  const [program, ...words] = await composeCommand();
  const [version = ""] = (await run(program, [...words, "version"])).split("\n");
  const project = `gate-check-${process.pid}`;
  const [gatePort, idpPort] = [await choosePort(0), await choosePort(0)];
  const accessTokenSeconds = 4;
  const env = {
    ...engine.env,
    GATE_PORT: String(gatePort),
    IDP_PORT: String(idpPort),
    ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    SHOW_SECRETS: "1",
  };
  const files = ["--file", "deploy/compose.yaml", "--file", "deploy/compose.demo.yaml"];
  const compose = (...args: readonly string[]) =>
    run(program, [...words, "--project-name", project, ...files, ...args], { env, cwd: folder });
  // With --all: compose 2 names no container that was stopped otherwise.
  const container = async (service: string) =>
    (await compose("ps", "--all", "--quiet", service)).trim().split("\n").at(-1) ?? "";
  const up = async () => {
    await compose("up", "--detach", "--no-build");
    const gate = await container("gate");
    const health = () =>
      engine.docker("inspect", "--format", "{{.State.Health.Status}}", gate).catch(String);
    await until("healthy", health, 60);
  };
  const close = async () => void (await compose("down", "--volumes", "--timeout", "5"));
  try {
    await up();
  } catch (error) {
    console.log(await compose("logs", "--no-color").catch(String));
    await close().catch(() => undefined);
    throw error;
  }
  return {
    compose: version,
    url: `http://localhost:${gatePort}`,
    issuer: `http://127.0.0.1:${idpPort}`,
    ...{ accessTokenSeconds, container, up, close },
    down: async () => void (await compose("down")),
    remains: () => listRemains(engine, project),
    logs: async (service) => engine.docker("logs", await container(service)),
  };
}

async function listRemains(engine: Engine, project: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kind of ["container", "network", "volume"]) {
    const all = kind === "container" ? ["--all"] : [];
    const mine = ["--filter", `label=com.docker.compose.project=${project}`];
    const lines = await engine.docker(kind, "ls", "--quiet", ...all, ...mine);
    for (const line of lines.split("\n")) if (line !== "") found.push(kind);
  }
  return found;
}
