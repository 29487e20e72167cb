/**
 * `npm run bench:profile`: runs a case against the gate alone with V8's profiler on, and prints where its CPU time went. Flags are
 * those of `npm run bench`; without `--case` it is the small GET. The profile is left behind for a browser's DevTools.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpuProfile, type SelfTime, summarize } from "./profile-summary.ts";

const shown = 40;
const root = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "hermes-gate-profile-"));
const flags = [
  ...["--case", "small-get", "--rounds", "1", "--seconds", "5"],
  ...process.argv.slice(2),
  ...["--only", "hermes-gate", "--node-arg=--cpu-prof", `--node-arg=--cpu-prof-dir=${directory}`],
];
const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...flags], {
  stdio: "inherit",
});

const files = readdirSync(directory)
  .map((name) => join(directory, name))
  .toSorted((a, b) => statSync(b).size - statSync(a).size);
const [file] = files;
if (file === undefined) {
  throw new Error(`the run ended with ${status} and left no profile in ${directory}`);
}
const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
const { busyMilliseconds, functions, owners } = summarize(profile, root);
console.log(`\n${file}: ${busyMilliseconds.toFixed(0)} ms in which something ran\n`);
print("by owner", owners);
print("by function", functions.slice(0, shown));

function print(title: string, times: readonly SelfTime[]): void {
  console.log(`self time ${title}`);
  for (const { name, milliseconds, share } of times) {
    const percent = `${(share * 100).toFixed(1)} %`.padStart(7);
    console.log(`${percent}  ${milliseconds.toFixed(0).padStart(6)} ms  ${name}`);
  }
  console.log("");
}
