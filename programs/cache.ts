/**
 * Where the programs are kept between runs: installed once, in exact versions, by the ordinary clients. Not a dependency of the
 * project: hundreds of packages, for a script that runs at night.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const root = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "hermes-gate",
  "programs",
);

/** A folder with these packages in `node_modules`. Fails with npm's own words. */
export function npmPackages(versions: Readonly<Record<string, string>>): string {
  const specs = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  return once(`npm-${specs.join("-")}`, (folder) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const flags = ["--no-audit", "--no-fund", "--save-exact", "--loglevel", "error"];
    run("npm", ["install", ...flags, ...specs], folder);
  });
}

/** A virtual environment with these packages; its programs are in `bin`. Fails with pip's own words. */
export function pythonPackages(versions: Readonly<Record<string, string>>): string {
  const specs = Object.entries(versions).map(([name, version]) => `${name}==${version}`);
  return once(`python-${specs.join("-")}`, (folder) => {
    run("python3", ["-m", "venv", folder], folder);
    run(join(folder, "bin", "pip"), ["install", "--quiet", ...specs], folder);
  });
}

/** The folder of this name, filled when it was not filled to the end before. */
function once(name: string, fill: (folder: string) => void): string {
  const folder = join(root, name);
  const mark = join(folder, ".complete");
  if (existsSync(mark)) return folder;
  console.log(`installing ${name} into ${root}`);
  mkdirSync(folder, { recursive: true });
  fill(folder);
  writeFileSync(mark, "");
  return folder;
}

function run(command: string, args: readonly string[], folder: string): void {
  const { status, error, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (error !== undefined) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
}
