/**
 * Which build this is: version, commit and Node. Apart, for `--version`, the metrics and the status path tell it, and version
 * and commit are found in one of several places.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shippedText } from "../base/executable.ts";
import type { Environment } from "../config/overlay.ts";

// Both src/commands and dist/commands stand two below the package.
const root = new URL("../../", import.meta.url);

/** What the executable was built from; undefined when the gate runs from files. */
const build = read(shippedText("build.json"));

/** The version of the package. */
export function packageVersion(): string {
  const { version } = build ?? read(readFileSync(new URL("package.json", root), "utf8")) ?? {};
  return version ?? "unknown";
}

/** `hermes-gate 0.1.0 (abc12345, node v26.10.0)`. */
export function versionLine(env: Environment): string {
  return `hermes-gate ${packageVersion()} (${buildRevision(env)}, node ${process.version})`;
}

/** Eight digits of the commit: the executable's, else the image's build argument, else the checkout's, else `unknown`. */
export function buildRevision(env: Environment): string {
  // Where an executable lies says nothing of what it was built from.
  if (build !== undefined) return build.revision ?? "unknown";
  const baked = env["HERMES_GATE_GIT_SHA"] ?? "";
  if (/^[0-9a-f]{7,64}$/i.test(baked)) return baked.slice(0, 8).toLowerCase();
  // A package inside another project's checkout must not name that project's commit.
  if (!existsSync(new URL(".git", root))) return "unknown";
  try {
    const cwd = fileURLToPath(root);
    const args = ["rev-parse", "--short=8", "HEAD"];
    return execFileSync("git", args, { cwd, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

function read(json: string | undefined): { version?: string; revision?: string } | undefined {
  if (json === undefined) return undefined;
  const fields: Readonly<Record<string, unknown>> = JSON.parse(json);
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  const [version, revision] = [text("version"), text("revision")];
  return { ...(version && { version }), ...(revision && { revision }) };
}
