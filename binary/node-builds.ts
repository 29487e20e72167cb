/**
 * The node that a target's executable is made from: the registry's package of the very version that runs this, fetched once by
 * `npm pack` and checked against the hash that the registry gives for it. For this machine it is the node that runs.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isHost, type Target } from "./targets.ts";

const cache = join(import.meta.dirname, "../node_modules/.cache/hermes-gate");

export interface NodeBuild {
  /** The executable, never to be changed. */
  readonly path: string;
  readonly licence: string;
}

/** Fails when the package cannot be had or is not what the registry's hash says. */
export function nodeBuild(target: Target): NodeBuild {
  const version = process.versions.node;
  const folder = join(cache, `${target.nodePackage}-${version}`);
  if (!existsSync(folder)) fetchBuild(`${target.nodePackage}@${version}`, folder);
  const path = isHost(target) ? process.execPath : join(folder, "package/bin/node");
  return { path, licence: readFileSync(join(folder, "package/LICENSE"), "utf8") };
}

function fetchBuild(spec: string, folder: string): void {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const expected = npm(["view", spec, "dist.integrity", "--json"]);
    const packed = npm(["pack", spec, "--json", "--pack-destination", unfinished]);
    const tarball = join(unfinished, filenameIn(packed));
    const sum = createHash("sha512").update(readFileSync(tarball)).digest("base64");
    if (JSON.parse(expected) !== `sha512-${sum}`) {
      throw new Error(`${spec} is not what the registry's hash ${expected.trim()} says`);
    }
    const parts = ["package/bin/node", "package/LICENSE"];
    execFileSync("tar", ["-xzf", tarball, "-C", unfinished, ...parts]);
    rmSync(tarball);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function npm(args: readonly string[]): string {
  return execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function filenameIn(packed: string): string {
  const list: unknown = JSON.parse(packed);
  const [first] = Array.isArray(list) ? list : Object.values(list ?? {});
  return String(first.filename);
}

const stripPrograms = ["llvm-strip", "strip"];

/**
 * A copy without the symbols that only a debugger of node itself reads, a fifth of its size. Apple's file is copied as it is, and
 * so is any where no program at hand can strip it. True when it was stripped.
 */
export function copyStripped(build: NodeBuild, target: Target, copy: string): boolean {
  copyFileSync(build.path, copy);
  if (target.platform !== "linux") return false;
  return stripPrograms.some((program) => {
    if (program === "strip" && !isHost(target)) return false;
    try {
      execFileSync(program, [copy], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}
