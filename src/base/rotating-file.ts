/**
 * A file of lines that never grows past a bound: when it is full it becomes `.1`, `.1` becomes `.2`, and the oldest goes.
 * Each line is written before `write` returns, since what it records must be on disk before the answer goes out. Of a disk that
 * is full or gone the caller is told by an error, and decides what that means.
 */
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./folder.ts";

export interface RotatingFileOptions {
  readonly path: string;
  /** Bytes at which the file is rotated. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Old files that are kept. Default 5. */
  readonly keep?: number;
}

export interface RotatingFile {
  /** Appends the line and a newline. Throws the system's error when it cannot be written; the next call tries anew. */
  write(line: string): void;
  close(): void;
}

/** Opens the file at the first write, made with mode 0600, and its folder with 0700. */
export function createRotatingFile(options: RotatingFileOptions): RotatingFile {
  const { path, maxBytes = 10 * 1024 * 1024, keep = 5 } = options;
  let open: { readonly fd: number; size: number } | undefined;

  function close(): void {
    if (open === undefined) return;
    const { fd } = open;
    open = undefined;
    closeSync(fd);
  }

  return {
    write(line) {
      const bytes = Buffer.from(`${line}\n`);
      try {
        open ??= openFile(path);
        if (open.size > 0 && open.size + bytes.length > maxBytes) {
          close();
          rotate(path, keep);
          open = openFile(path);
        }
        writeWhole(open.fd, bytes);
        open.size += bytes.length;
      } catch (error) {
        close();
        throw error;
      }
    },
    close,
  };
}

/** Why no line could be appended now, as the system's error; undefined when one could. Makes the file, as the first line would. */
export function appendingError(path: string): unknown {
  try {
    closeSync(openFile(path).fd);
    return undefined;
  } catch (error) {
    return error;
  }
}

function openFile(path: string): { fd: number; size: number } {
  makeFolder(dirname(path));
  const fd = openSync(path, "a", 0o600);
  return { fd, size: fstatSync(fd).size };
}

function writeWhole(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function rotate(path: string, keep: number): void {
  rmSync(`${path}.${keep}`, { force: true });
  for (let index = keep - 1; index >= 1; index -= 1)
    renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
  renameIfThere(path, `${path}.1`);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
