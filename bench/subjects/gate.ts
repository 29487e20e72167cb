/**
 * The gate itself, built and run as a user runs it: its own process, a real sign-in at a real OpenID provider, the session
 * cookies that came of it, its access log on.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Idp, publicClient } from "../../demo/idp.ts";
import { createBrowser } from "../../test/support/browser.ts";
import { signIn } from "../../test/support/sign-in.ts";
import { freePort } from "../process.ts";
import { versionLine } from "../tools.ts";
import { probePath, startSubject } from "./start.ts";
import type { RunningSubject, Subject } from "./subject.ts";

const command = join(import.meta.dirname, "../../bin/hermes-gate.js");

export interface GateStart {
  readonly upstream: string;
  readonly idp: Idp;
  /** Its own, for its state and its log. */
  readonly home: string;
  /** Extra arguments for Node, such as `--cpu-prof`. */
  readonly nodeArguments: readonly string[];
  /** More of its variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running gate with one session. */
export async function startGate({ upstream, idp, home, nodeArguments, env }: GateStart) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  idp.allowRedirect(`${origin}/auth/callback`);
  mkdirSync(home, { recursive: true });
  return startSubject({
    command: process.execPath,
    args: [
      ...nodeArguments,
      command,
      "serve",
      ...["--upstream", upstream, "--listen", `127.0.0.1:${port}`],
      ...["--issuer", idp.issuer, "--client-id", publicClient.clientId],
    ],
    origin,
    directory: home,
    log: join(home, "gate.log"),
    env: { HERMES_GATE_STATE_DIR: join(home, "state"), ...env },
    signIn: () => newSession(origin),
  });
}

/** Signs in once more; returns the session's cookies. */
export async function newSession(origin: string): Promise<string> {
  const browser = createBrowser();
  try {
    await signIn(browser, { url: `${origin}${probePath}` });
    return browser.jar.header(new URL(`${origin}${probePath}`));
  } finally {
    browser.close();
  }
}

export function gateWith(nodeArguments: readonly string[]): Subject {
  return {
    name: "hermes-gate",
    setup:
      "`hermes-gate serve` from `dist`, default settings, one process, signed in, one access-log line a request",
    plays: ["requests", "transfers", "latency", "start-up", "storm", "sockets", "many-sockets"],
    version: () => versionLine(process.execPath, [command, "--version"]),
    start: ({ upstream, idp, directory }): Promise<RunningSubject> =>
      startGate({ upstream, idp, home: join(directory, "gate"), nodeArguments }),
  };
}
