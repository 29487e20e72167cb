/**
 * Which build this is: version, commit and Node. Apart, for `--version` and the status path tell it, and the commit is
 * found in one of two places.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Environment } from "../config/overlay.ts";

// Both src/commands and dist/commands stand two below the package.
const root = new URL("../../", import.meta.url);

/** The version of the package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return known ? String(manifest.version) : "unknown";
}

/** `hermes-gate 0.1.0 (abc12345, node v26.10.0)`. */
export function versionLine(env: Environment): string {
  return `hermes-gate ${packageVersion()} (${buildRevision(env)}, node ${process.version})`;
}

/** Eight digits of the commit: the image's build argument, else the checkout's, else `unknown`. */
export function buildRevision(env: Environment): string {
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
