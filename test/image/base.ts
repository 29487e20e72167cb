/**
 * The base image, for machines that reach no image registry: a small Debian by debootstrap with the Node and npm of npm's
 * registry, under the very name that the Dockerfile asks for. So the Dockerfile is built as it stands.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Engine } from "./engine.ts";
import { run, works } from "./shell.ts";

export interface BasePlan {
  readonly name: string;
  /** For the file system while it is made. */
  readonly folder: string;
  /** A made base is kept here as a file and taken from there the next time. */
  readonly cache: string | undefined;
}

/** Returns where the base comes from. Fails with the mend where none can be had. */
export async function ensureBase(engine: Engine, plan: BasePlan): Promise<string> {
  const { name } = plan;
  const has = () => engine.docker("image", "inspect", name).then(Boolean, () => false);
  if (await has()) return "it is here already";
  if (await pulls(engine, name)) return "pulled from its registry";
  const archive = join(plan.cache ?? plan.folder, "base.tar");
  const kept = existsSync(archive);
  if (!kept) await makeArchive(plan.folder, archive);
  // The machine's own certificates: behind a proxy that breaks TLS open, npm needs them.
  const certificates = "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt";
  await importArchive(engine, archive, ["--change", certificates, "-", name]);
  return kept ? `taken from ${archive}` : "made with debootstrap and npm's Node";
}

async function pulls(engine: Engine, name: string): Promise<boolean> {
  try {
    await run("docker", ["pull", "--quiet", name], { env: engine.env, timeoutMs: 120_000 });
    return true;
  } catch {
    return false;
  }
}

async function makeArchive(folder: string, archive: string): Promise<void> {
  if (process.getuid?.() !== 0 || !(await works("debootstrap", "--version"))) {
    throw new Error("the base image's registry cannot be reached: apt-get install debootstrap");
  }
  const root = join(folder, "base");
  const include = "--include=ca-certificates";
  const from = "http://deb.debian.org/debian";
  await run("debootstrap", ["--variant=minbase", include, "bookworm", root, from]);
  const local = join(root, "usr/local");
  await mkdir(join(local, "bin"), { recursive: true });
  await copyFile(process.execPath, join(local, "bin/node"));
  await run("npm", ["install", "--global", "--no-audit", "--no-fund", "--prefix", local, "npm"]);
  const bundle = "etc/ssl/certs/ca-certificates.crt";
  if (existsSync(`/${bundle}`)) await copyFile(`/${bundle}`, join(root, bundle));
  await rm(join(root, "var/cache/apt"), { recursive: true, force: true });
  await run("tar", ["-C", root, "-cf", archive, "."]);
  await rm(root, { recursive: true, force: true });
}

async function importArchive(
  engine: Engine,
  archive: string,
  args: readonly string[],
): Promise<void> {
  const child = spawn("docker", ["import", ...args], {
    env: { ...process.env, ...engine.env },
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  await pipeline(createReadStream(archive), child.stdin);
  const [code] = await ended;
  if (code !== 0) throw new Error(`docker import ended with ${code}`);
}
