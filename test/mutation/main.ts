/**
 * `npm run mutation [-- folder...]`: how many small changes of the code that decides go unnoticed by its own unit tests. Each
 * folder is changed and judged alone, by its own tests, so that a score says what stands beside the code and not what some test far
 * away happens to touch. Prints each change that nothing noticed and ends with 1 when a folder has less than the least score;
 * docs/security.md keeps the last figures. Runs at the lowest priority, for it takes half an hour of two cores.
 */
import { constants, setPriority } from "node:os";
import { relative } from "node:path";
import type { MutantResult, PartialStrykerOptions } from "@stryker-mutator/api/core";
import { Stryker } from "@stryker-mutator/core";
import { refuseFlags } from "../support/flags.ts";

/** In percent, of the mutants that a test noticed. */
const leastScore = 85;
const scratch = ".state/mutation";

interface Part {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const parts = new Map<string, Part>([
  ...["gate", "session", "http", "ticket"].map((folder) => [folder, wholeFolder(folder)] as const),
  [
    "proxy",
    {
      mutate: [
        "src/proxy/{inbound,outbound,field-actions,identity-fields,nominated,refused-cookies}.ts",
      ],
      tests: ["test/proxy/{inbound,outbound,identity-fields,refused-cookies}.test.ts"],
    },
  ],
]);

function wholeFolder(folder: string): Part {
  return { mutate: [`src/${folder}/**/*.ts`], tests: [`test/${folder}/**/*.test.ts`] };
}

function settings(name: string, part: Part): PartialStrykerOptions {
  return {
    mutate: [...part.mutate],
    plugins: ["./test/mutation/runner.ts"],
    testRunner: "node-test",
    tests: part.tests,
    coverageAnalysis: "perTest",
    concurrency: 2,
    maxTestRunnerReuse: 400,
    timeoutMS: 30_000,
    // The sources run as they stand: nothing is compiled, and TypeScript 7 has no API that Stryker could ask.
    tsconfigFile: "none",
    disableTypeChecks: false,
    // Takes over what an earlier run found where neither code nor tests have changed; of what runs when a module is loaded it
    // also takes over what the tests have changed about. Without the scratch folder everything is run.
    incremental: true,
    incrementalFile: `${scratch}/${name}.json`,
    tempDirName: `${scratch}/sandbox`,
    ignorePatterns: [".state", "bench", "binary", "demo", "deploy", "dist", "docs", "soak"],
    reporters: ["progress-append-only"],
    warnings: {
      unknownOptions: false,
      preprocessorErrors: true,
      unserializableOptions: true,
      slow: true,
    },
  };
}

const noticed = (mutant: MutantResult): boolean =>
  mutant.status === "Killed" || mutant.status === "Timeout";
const unnoticed = (mutant: MutantResult): boolean =>
  mutant.status === "Survived" || mutant.status === "NoCoverage";

function describe(mutant: MutantResult): string {
  const { line, column } = mutant.location.start;
  const change = mutant.replacement.replace(/\s+/g, " ").slice(0, 80);
  return `${relative("", mutant.fileName)}:${line}:${column} ${mutant.mutatorName} becomes ${change}`;
}

/** The score of a folder, in percent. */
async function judge(name: string, part: Part): Promise<number> {
  const mutants = await new Stryker(settings(name, part)).runMutationTest();
  const survivors = mutants.filter(unnoticed);
  const killed = mutants.filter(noticed).length;
  const score = (100 * killed) / Math.max(1, killed + survivors.length);
  for (const survivor of survivors) console.log(describe(survivor));
  console.log(`${name}: ${score.toFixed(1)} %, ${killed} of ${killed + survivors.length} noticed`);
  return score;
}

setPriority(constants.priority.PRIORITY_LOW);
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !parts.has(name));
if (unknown !== undefined) {
  refuseFlags(`there is no part ${unknown}`, `one or more of ${[...parts.keys()].join(", ")}`);
}
for (const [name, part] of parts) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  if ((await judge(name, part)) < leastScore) process.exitCode = 1;
}
