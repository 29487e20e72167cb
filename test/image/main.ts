/**
 * `npm run image:check`: builds the image as the Dockerfile has it and runs it, alone and beside the sample dashboard. Needs
 * Docker and compose, or root with Debian's docker.io, docker-compose and debootstrap; ends with 1 when anything does not hold
 * or cannot be tried. Takes BuildKit and compose 2 where they are, else what came before them, and says which.
 * `--cache <folder>` keeps the base image that is made where no registry is reached.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { evidenceVariable } from "../support/evidence.ts";
import { ensureBase } from "./base.ts";
import { type Engine, openEngine } from "./engine.ts";
import { checkImage } from "./image-steps.ts";
import { run, step } from "./shell.ts";
import { startSidecar } from "./sidecar.ts";
import { checkSidecar } from "./sidecar-steps.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** As the Dockerfile names it. */
const base = "node:26-slim";

async function check(engine: Engine, folder: string, cache: string | undefined): Promise<void> {
  const revision = (await run("git", ["rev-parse", "HEAD"], { cwd: root })).trim();
  await step(`the base image ${base}`, () => ensureBase(engine, { name: base, folder, cache }));
  await checkImage(engine, { image: "hermes-gate", revision });
  await step("the sample dashboard is built", async () => {
    const dockerfile = join(root, "demo/container/Dockerfile");
    await engine.docker("build", "--file", dockerfile, "--tag", "hermes-gate-demo", root);
  });
  const evidence = join(folder, "evidence");
  mkdirSync(evidence);
  process.env[evidenceVariable] = evidence;
  const started = performance.now();
  const sidecar = await startSidecar(engine, root);
  try {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const [files, by] = ["deploy/compose.yaml with compose.demo.yaml", sidecar.compose];
    console.log(`ok    ${files} is up and healthy, by ${by} (${seconds} s)`);
    await checkSidecar(engine, sidecar, evidence);
  } finally {
    await sidecar.close();
  }
}

const { values } = parseArgs({ options: { cache: { type: "string" } } });
const cache = values.cache === undefined ? undefined : resolve(values.cache);
if (cache !== undefined) mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "hermes-gate-image-"));
const started = performance.now();
let engine: Engine | undefined;
try {
  engine = await openEngine(folder);
  console.log(`ok    ${engine.description}`);
  await check(engine, folder, cache);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  console.log(`\nThe image holds. The check took ${minutes} min.`);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
}
