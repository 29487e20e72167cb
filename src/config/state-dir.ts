/**
 * Where the gate keeps what must outlive it: the key file. Apart, since the default depends on the machine and no schema
 * can hold it.
 */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { FileReader } from "./files.ts";
import type { Environment } from "./overlay.ts";

/** The state directory as an absolute path. Default `$XDG_STATE_HOME/hermes-gate`, else `~/.local/state/hermes-gate`. */
export function stateDirectory(
  setting: string | undefined,
  files: FileReader,
  env: Environment,
): string {
  if (setting !== undefined) return files.locate(["state_dir"], setting);
  const xdg = env["XDG_STATE_HOME"] ?? "";
  // A relative XDG path is to be ignored (XDG Base Directory Specification).
  if (isAbsolute(xdg)) return join(xdg, "hermes-gate");
  return join(env["HOME"] || homedir(), ".local", "state", "hermes-gate");
}
