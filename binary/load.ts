/**
 * Runs the bundled gate inside the executable, from V8's cache of what it compiled in a run before, when there is one that fits.
 * Not node's own `useCodeCache`: that holds only what is compiled without running anything, and the functions that every start
 * needs would be compiled at every start.
 */
import { getRawAsset } from "node:sea";
import { constants, Script } from "node:vm";

export interface LoadedGate {
  readonly main: (args: readonly string[]) => Promise<number>;
  /** What V8 compiled so far, to be kept as the asset `gate.cache`. */
  readonly codeCache: () => Buffer;
}

type Bundle = (load: NodeJS.Require, filename: string) => Pick<LoadedGate, "main">;

/** The bundle is ASCII, so that its text is taken as it lies there. V8 refuses a cache that does not fit, and compiles. */
export function loadGate(cachedData?: Buffer): LoadedGate {
  const text = Buffer.from(getRawAsset("gate.js")).toString("latin1");
  const script = new Script(text, {
    filename: process.execPath,
    ...(cachedData !== undefined && { cachedData }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const bundle: Bundle = script.runInThisContext();
  const { main } = bundle(require, __filename);
  return { main, codeCache: () => script.createCachedData() };
}
