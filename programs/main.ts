/**
 * `npm run programs`: real programs that others wrote, each behind the gate, at the root and below a prefix. Prints every step with
 * its time and ends with 1 when one fails. Downloads what is missing, so it is a script for the night and no part of the tests.
 */
import { readFlags, refuseFlags } from "../test/support/flags.ts";
import { firstSteps, lastSteps } from "./common-steps.ts";
import { jupyter } from "./jupyter.ts";
import { nodeRed } from "./node-red.ts";
import type { Program, Variant } from "./program.ts";
import { prometheus } from "./prometheus.ts";
import { startStand } from "./stand.ts";
import { vite } from "./vite.ts";

const all: readonly Program[] = [nodeRed, vite, prometheus, jupyter];
const { only } = readFlags({ only: { type: "string", default: "" } });
const chosen = only === "" ? all : only.split(",").map(programNamed);

let failures = 0;
for (const program of chosen) {
  try {
    console.log(`\n${program.name} (${await program.install()})`);
    for (const variant of program.variants) await visit(program, variant);
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${words(error)}`);
  }
}
console.log(failures === 0 ? "\nAll programs work behind the gate." : `\n${failures} failed.`);
process.exitCode = failures === 0 ? 0 : 1;

function programNamed(wanted: string): Program {
  const found = all.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const names = all.map(({ name }) => name.toLowerCase()).join(", ");
  return refuseFlags(
    `--only names no program that is known: ${wanted}`,
    `one or more of ${names}, parted by commas`,
  );
}

/** The steps one after the other; the first that fails ends this visit. */
async function visit(program: Program, variant: Variant): Promise<void> {
  console.log(`\n  ${variant.name}`);
  const stand = await startStand(program, variant);
  let step = "";
  try {
    const steps = [...firstSteps(program), ...program.steps, ...lastSteps(program)];
    for (const { name, run } of steps) {
      step = name;
      const startedAt = performance.now();
      await run(stand);
      console.log(`  ok    ${name} (${Math.round(performance.now() - startedAt)} ms)`);
    }
  } catch (error) {
    failures += 1;
    console.log(`  FAIL  ${step}\n${words(error)}\n${stand.logs()}`);
  } finally {
    await stand.close();
  }
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\ncaused by: ${error.cause.message}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
