/**
 * Makes a folder and those above it, for what the gate writes. Not by mkdir's own `recursive`: below a file system that
 * answers "no such file" to every mkdir, as /proc does, Node 20 to 26 try forever, and a gate must not hang at its start.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Makes the folder with mode 0700 unless it is there. Throws the system's error. */
export function makeFolder(path: string): void {
  if (madeOrThere(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** False when the folder above is missing. */
function madeOrThere(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code === "EEXIST") return true;
    if (error.code === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}
