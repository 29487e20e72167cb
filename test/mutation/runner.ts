/**
 * How Stryker runs our tests against a mutant: in one warm process, by the `run` of node:test, a test file at a time, the
 * mirrored file first. A process for each test file, as the ready-made runner has it, takes ten times as long. Apart from the
 * settings because what it guards is the truth of the score: tests that draw inputs draw the same ones each time, and a
 * mutant that leaves the process unfit is not allowed to kill the next one.
 */
import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, resolve } from "node:path";
import { run } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { InstrumenterContext, StrykerOptions } from "@stryker-mutator/api/core";
import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from "@stryker-mutator/api/plugin";
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";

/** Where the instrumented sources look for the mutant to play and keep what they count. */
const shared: InstrumenterContext = {};
/** What failed first in the test file that is running. */
let failure: string | undefined;

function stopAfterFailure(): void {
  if (failure !== undefined) throw new Error("a test before this one has failed");
}
Object.assign(globalThis, { __stryker__: shared, stopAfterFailure });

/** Put before each test file: one test that fails is enough, and others may wait long in vain. */
const preamble = `import { beforeEach as beforeEachOfAll } from "node:test"; beforeEachOfAll(globalThis.stopAfterFailure); `;

/** Counts runs: a test file is loaded anew for each, what it imports is not. */
let loads = 0;
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(`.test.ts?run=${loads}`)) return loaded;
    return { ...loaded, source: preamble + String(loaded.source) };
  },
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return found.url.endsWith(".test.ts") ? { ...found, url: `${found.url}?run=${loads}` } : found;
  },
});

interface Handle {
  ref?(): unknown;
  unref?(): unknown;
}

/** What keeps this process alive between runs: Stryker's own connections to it. */
function idleHandles(): readonly Handle[] {
  const known = process as typeof process & { _getActiveHandles?(): readonly Handle[] };
  return known._getActiveHandles?.() ?? [];
}

/** What failed first in a test file; undefined when all passed. */
async function failureOf(file: string): Promise<string | undefined> {
  loads += 1;
  failure = undefined;
  // A run of node:test ends when nothing is left to wait for, which is also how it finds a promise that never settles.
  const handles = idleHandles();
  for (const handle of handles) handle.unref?.();
  process.once("beforeExit", () => {
    for (const handle of handles) handle.ref?.();
  });
  for await (const event of run({ files: [resolve(file)], isolation: "none" })) {
    if (event.type !== "test:fail" || event.data.todo !== undefined) continue;
    failure ??= `${event.data.name}: ${String(event.data.details.error.cause)}`;
  }
  // Leaves the turn in which the process was about to exit, or the next run would be taken for its end.
  await setImmediate();
  return failure;
}

/** The test file that mirrors the mutated one comes first, since that one most likely fails. */
function nearestFirst(files: readonly string[], mutated: string): readonly string[] {
  const mirror = basename(mutated).replace(/\.ts$/, ".test.ts");
  return files.toSorted((a, b) => Number(b.endsWith(mirror)) - Number(a.endsWith(mirror)));
}

function createRunner(options: StrykerOptions): TestRunner {
  const tests = globSync(options["tests"] as readonly string[]).toSorted();
  let unfit = false;

  /** Loads the sources with no test under way, so that what runs at their loading counts for all tests. */
  async function loadSources(): Promise<void> {
    const ofMutate = globSync(options.mutate.filter((pattern) => !pattern.startsWith("!")));
    for (const file of ofMutate) await import(pathToFileURL(resolve(file)).href);
  }

  async function dryRun(): Promise<DryRunResult> {
    await loadSources();
    const results: TestResult[] = [];
    for (const file of tests) {
      shared.currentTestId = file;
      const start = performance.now();
      const failureMessage = await failureOf(file);
      const named = {
        id: file,
        name: file,
        fileName: file,
        timeSpentMs: performance.now() - start,
      };
      results.push(
        failureMessage === undefined
          ? { ...named, status: TestStatus.Success }
          : { ...named, status: TestStatus.Failed, failureMessage },
      );
    }
    delete shared.currentTestId;
    const mutantCoverage = shared.mutantCoverage ?? { static: {}, perTest: {} };
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
  }

  async function mutantRun(asked: MutantRunOptions): Promise<MutantRunResult> {
    // Stryker answers a rejection with a new process and asks again.
    if (unfit) throw new Error("an earlier mutant left its traces in this process");
    const { activeMutant, hitLimit } = asked;
    const files = nearestFirst(asked.testFilter ?? tests, activeMutant.fileName);
    Object.assign(shared, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    let ran = 0;
    for (const file of files) {
      ran += 1;
      const failureMessage = await failureOf(file);
      const endless = determineHitLimitReached(shared.hitCount, hitLimit);
      if (endless !== undefined || failureMessage !== undefined) {
        Object.assign(shared, { activeMutant: undefined, hitCount: 0, hitLimit: undefined });
        unfit = (await failureOf(file)) !== undefined;
      }
      if (endless !== undefined) return { status: MutantRunStatus.Timeout };
      if (failureMessage === undefined) continue;
      const killedBy = [file];
      return { status: MutantRunStatus.Killed, killedBy, failureMessage, nrOfTests: ran };
    }
    return { status: MutantRunStatus.Survived, nrOfTests: ran };
  }

  async function init(): Promise<void> {
    fc.configureGlobal({ seed: 20_260_101 });
  }

  return { capabilities: () => ({ reloadEnvironment: false }), init, dryRun, mutantRun };
}
createRunner.inject = tokens(commonTokens.options);

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, "node-test", createRunner),
];
