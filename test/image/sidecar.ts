/** `deploy/compose.yaml` with the demo's provider beside it, started as a user starts it. */
import { choosePort } from "../../demo/ports.ts";
import type { Engine } from "./engine.ts";
import { run, until, works } from "./shell.ts";

export interface Sidecar {
  /** `http://localhost:port` of the gate, as published. */
  readonly url: string;
  /** The provider's, as published. */
  readonly issuer: string;
  readonly accessTokenSeconds: number;
  /** The container of a service. */
  container(service: string): Promise<string>;
  /** What a service wrote to standard output. */
  logs(service: string): Promise<string>;
  /** Stops all, with their volumes. */
  close(): Promise<void>;
}

/** The compose of Docker's plug-in, or Debian's own command. */
async function composeCommand(): Promise<readonly [string, ...string[]]> {
  if (await works("docker", "compose", "version")) return ["docker", "compose"];
  if (await works("docker-compose", "version")) return ["docker-compose"];
  throw new Error("no compose: apt-get install docker-compose");
}

/** Starts it with images that are built already, and waits until the gate is healthy. */
export async function startSidecar(engine: Engine, folder: string): Promise<Sidecar> {
  const [program, ...words] = await composeCommand();
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
  const container = async (service: string) =>
    (await compose("ps", "--quiet", service)).trim().split("\n").at(-1) ?? "";
  const close = async () => void (await compose("down", "--volumes", "--timeout", "5"));
  try {
    await compose("up", "--detach", "--no-build");
    const gate = await container("gate");
    const health = () =>
      engine.docker("inspect", "--format", "{{.State.Health.Status}}", gate).catch(String);
    await until("healthy", health, 60);
  } catch (error) {
    console.log(await compose("logs", "--no-color").catch(String));
    await close().catch(() => undefined);
    throw error;
  }
  return {
    url: `http://localhost:${gatePort}`,
    issuer: `http://127.0.0.1:${idpPort}`,
    ...{ accessTokenSeconds, container, close },
    logs: async (service) => engine.docker("logs", await container(service)),
  };
}
