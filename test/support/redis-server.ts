/**
 * A Redis of the test's own: Debian's redis-server on a free port, in a folder that goes with the test. It can be stopped and
 * started again on its port, as in an outage, or frozen, as a machine that hangs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { choosePort } from "../../demo/ports.ts";
import type { StoreAddress } from "../../src/store/address.ts";
import { hasPrograms } from "./programs.ts";

export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  readonly address: StoreAddress;
  /** Outage: the process ends. What it held is kept, as by an append-only file. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Hangs: connections stand, nothing is answered. */
  freeze(): void;
  thaw(): void;
}

/** A running server; undefined, and the test skipped, where there is none to be had. On CI that is a failure. */
export async function startRedis(
  t: TestContext,
  options: { readonly password?: string } = {},
): Promise<RedisServer | undefined> {
  if (!hasPrograms(t, "redis-server")) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "hermes-gate-redis-"));
  const port = await choosePort(0);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = {
      port: String(port),
      bind: "127.0.0.1",
      dir: folder,
      save: "",
      appendonly: "yes",
      appendfsync: "always",
      ...(options.password !== undefined && { requirepass: options.password }),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    child = spawn("redis-server", flags, { stdio: "ignore" });
    await answers(port);
  }

  async function stop(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  t.after(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    address: {
      tls: false,
      host: "127.0.0.1",
      port,
      database: 0,
      shown: `redis://127.0.0.1:${port}/0`,
      ...(options.password !== undefined && { password: options.password }),
    },
    stop,
    start,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
  };
}

/** Resolves when the server says something to a client. */
async function answers(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await says(port))) {
    if (performance.now() > deadline) throw new Error(`redis-server does not answer on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Anything but that it is still reading its file. */
function says(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(!data.toString().startsWith("-LOADING"));
    });
    socket.once("error", () => resolve(false));
  });
}
