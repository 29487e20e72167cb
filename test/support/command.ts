/** Runs the real command, `bin/hermes-gate.js`, in a folder of its own and with nothing of the machine's environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./config.ts";

const bin = fileURLToPath(new URL("../../bin/hermes-gate.js", import.meta.url));

export interface CommandParts {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the working directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default: a new one. */
  readonly folder?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  /** What it wrote so far to standard output. */
  stdout(): string;
  readonly ended: Promise<Ended>;
}

/** Starts the command. It is killed when the test is over. */
export function start(t: TestContext, parts: CommandParts): Command {
  const cwd = parts.folder ?? temporaryFolder(t);
  for (const [name, text] of Object.entries(parts.files ?? {}))
    writeFileSync(join(cwd, name), text);
  const child = spawn(process.execPath, [bin, ...(parts.args ?? [])], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, ...parts.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, ended };
}

/** Runs the command to its end. */
export function run(t: TestContext, parts: CommandParts): Promise<Ended> {
  return start(t, parts).ended;
}
