/** Runs programs for the check of the image, and prints each of its steps with the time that it took. */
import { type ExecFileOptions, execFile } from "node:child_process";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: ten minutes. */
  readonly timeoutMs?: number;
}

/** The program's standard output. Fails with the end of its words when it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const settings: ExecFileOptions & { readonly encoding: "utf8" } = {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    timeout: options.timeoutMs ?? 600_000,
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  };
  return new Promise((resolve, reject) => {
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-30).join("\n");
      reject(new Error(`${program} ${args.join(" ")}: ${error.code ?? error.message}\n${said}`));
    });
  });
}

/** True when the program is there and ends well. */
export async function works(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await run(program, args, { timeoutMs: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** Does it, and prints its name, the text that it returned and its time. What it throws is thrown on. */
export async function step(name: string, act: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    const detail = await act();
    console.log(`ok    ${name}${typeof detail === "string" ? `: ${detail}` : ""} (${seconds()})`);
  } catch (error) {
    console.log(`FAIL  ${name} (${seconds()})`);
    throw error;
  }
}

/** Asks until the answer is the wanted one; fails with the last answer when the time is over. */
export async function until(
  wanted: string,
  ask: () => Promise<string>,
  seconds: number,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer === wanted) return;
    if (performance.now() > deadline) {
      throw new Error(`after ${seconds} s it is ${answer} instead of ${wanted}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
