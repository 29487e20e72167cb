/** The programs that a run needs from the system: installs them where that is possible, else says what to do. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const packages: Readonly<Record<string, string>> = { nginx: "nginx-light", wrk: "wrk" };

/** A sentence when the program is not on the PATH, undefined when it is. */
export function lacksProgram(name: string): string | undefined {
  if (spawnSync("which", [name]).status === 0) return undefined;
  return `${name} not found: apt-get install ${packages[name] ?? name}`;
}

/** Makes sure that the programs are there. Fails with the command that installs them when this user may not. */
export function requireTools(names: readonly string[]): void {
  const missing = names.filter((name) => lacksProgram(name) !== undefined);
  if (missing.length === 0) return;
  const wanted = missing.map((name) => packages[name] ?? name);
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${missing.join(" and ")} not found. Install with: sudo apt-get install ${wanted.join(" ")}`,
    );
  }
  console.log(`installing ${wanted.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "inherit" });
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...wanted];
  if (spawnSync("apt-get", install, { env, stdio: ["ignore", "ignore", "inherit"] }).status !== 0) {
    throw new Error(`apt-get could not install ${wanted.join(" ")}`);
  }
}

/** The first line of what a program says about itself, on either output. */
export function versionLine(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return `${stdout}${stderr}`.trim().split("\n")[0] ?? command;
}

/** Files that a process of this run may have open: the hard limit, which programs that want many raise theirs to. */
export function openFileLimit(): number {
  const limits = readFileSync("/proc/self/limits", "latin1");
  const [, limit = ""] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return limit === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(limit);
}
