/**
 * What the gate finds in the single executable instead of in files: the texts that ship with it, and the way to import a file
 * from outside it. Apart, so that whoever reads a file of the package or imports an operator's module knows nothing of how the
 * gate was packed.
 */
import { getAsset, isSea } from "node:sea";
import { constants, Script } from "node:vm";

/** The texts that are packed into the executable, by what they are. */
export type ShippedText = "build.json" | "client.js";

/** The text of that name in the executable; undefined when the gate runs from files. */
export function shippedText(name: ShippedText): string | undefined {
  return isSea() ? getAsset(name, "utf8") : undefined;
}

/** `import(url)` of a file. The executable's own `import()` knows the modules of Node alone, so there the default loader is asked. */
export const importFile: (url: string) => Promise<unknown> = isSea()
  ? throughDefaultLoader()
  : (url) => import(url);

function throughDefaultLoader(): (url: string) => Promise<unknown> {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script("(url) => import(url)", { importModuleDynamically }).runInThisContext();
}
