/**
 * Reads the files that settings name: secrets and certificates. A path in the configuration file counts from that file's
 * folder, any other from the working directory, so that a file and its secrets can be moved together.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Report } from "./report.ts";
import type { Path, Tree } from "./tree.ts";

export interface FileReader {
  /** The path as an absolute one. */
  locate(path: Path, text: string): string;
  /** The text of the file that the setting names; undefined, and a problem, when it cannot be read. */
  read(path: Path, text: string): string | undefined;
}

export function createFileReader(tree: Tree, cwd: string, report: Report): FileReader {
  function locate(path: Path, text: string): string {
    const origin = tree.originOf(path);
    return resolve(cwd, origin?.kind === "file" ? dirname(origin.file) : ".", text);
  }
  return {
    locate,
    read(path, text) {
      try {
        return readFileSync(locate(path, text), "utf8");
      } catch (error) {
        report.refuse(path, `must name a file that can be read (${errorCode(error)})`);
        return undefined;
      }
    },
  };
}

/** The code of a system error (`ENOENT`), else its message. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** The text without one trailing newline, which editors and `echo` put at the end of a secret. */
export function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}
