/**
 * A file of the state directory that is made once and read from then on, for its owner alone: what must be the same at every start
 * and in every process of the gate. The caller knows which secret it holds, and what to do when it cannot be had.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../base/folder.ts";
import type { Runtime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";
import { errorCode } from "./files.ts";
import type { Report } from "./report.ts";

/**
 * The text of the file. When there is none it is made with what `make` gives; undefined where there is no `make` either. Fails
 * with the system's error.
 */
export function keptFile(
  path: string,
  runtime: Runtime,
  make: (() => string) | undefined,
): string | undefined {
  const text = readIfThere(path);
  if (text !== undefined || make === undefined) return text;
  return makeFile(path, runtime, make());
}

const openToOthers = "can be read by others";

/** Warns when others than its owner can read the file. */
export function warnIfOpen(path: string, report: Report): void {
  if ((statSync(path).mode & 0o077) === 0) return;
  report.warnings.push(`the key file ${path} ${openToOthers}; run: chmod 600 ${path}`);
}

/** Whether a warning is the one of `warnIfOpen`: of all warnings the one that tells of a hole. */
export function tellsOfOpenFile(warning: string): boolean {
  return warning.includes(openToOthers);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes beside and links into place: of two gates that start at once both end up with the one file that was first. */
function makeFile(path: string, runtime: Runtime, text: string): string {
  makeFolder(dirname(path));
  const draft = `${path}.${randomToken(runtime, 8)}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    chmodSync(draft, 0o600);
    publish(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, "utf8");
}

function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    // Some mounted file systems have no hard links.
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
  }
}
