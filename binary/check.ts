/**
 * `npm run binary:check`: makes the executable for this machine and puts it through what an operator does, then measures its
 * start. With `--write` the figures go to `docs/binary.md`; with `--built` the one in `out/` is taken as it is, and with
 * `--program FILE` another.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packageVersion } from "../src/commands/version.ts";
import { readFlags } from "../test/support/flags.ts";
import { steps } from "./check-steps.ts";
import { writeFigures } from "./figures.ts";
import { measureStartUp } from "./start-up.ts";
import { hostTarget } from "./targets.ts";

const flags = readFlags({
  write: { type: "boolean" },
  built: { type: "boolean" },
  program: { type: "string" },
});
const target = hostTarget();
if (flags.built !== true && flags.program === undefined) {
  const build = [join(import.meta.dirname, "build.ts"), target.name];
  execFileSync(process.execPath, build, { stdio: "inherit" });
}
const file = `out/hermes-gate-${packageVersion()}-${target.name}`;
const program = resolve(flags.program ?? join(import.meta.dirname, "..", file));
const folder = mkdtempSync(join(tmpdir(), "hermes-gate-check-"));
try {
  for (const { name, run } of steps) {
    const started = performance.now();
    await run({ program, folder });
    console.log(`ok    ${name} (${Math.round(performance.now() - started)} ms)`);
  }
  const rounds = 10;
  const startUp = await measureStartUp(program, folder, rounds);
  const bytes = statSync(program).size;
  const { wallMs, cpuMs } = startUp;
  console.log(
    `\n${(bytes / 1e6).toFixed(0)} MB; the first answer ${wallMs.toFixed(0)} ms after the start, ` +
      `${cpuMs.toFixed(0)} ms of them on the processor (medians of ${rounds})`,
  );
  if (flags.write === true) writeFigures({ target: target.name, bytes, rounds, ...startUp });
} catch (error) {
  console.log(`FAIL  ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
