/**
 * Makes one script of the gate and everything that it imports, the optional package for Redis too, since nothing can be
 * installed beside an executable. Names stay as they are, so that a stack trace can be read.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

export interface Bundled {
  readonly code: string;
  /** The folders of the packages that are in it. */
  readonly packages: readonly string[];
}

/** The gate: an expression whose value is a function of `require` and the executable's path, which returns its exports. */
export function bundleGate(): Promise<Bundled> {
  return bundle(join(root, "src/cli.ts"), {
    banner:
      "(function(require,__filename){const module={exports:{}};" +
      'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;',
    footer: "return module.exports})",
    define: { "import.meta.url": "__moduleUrl" },
  });
}

/** An entry script of the executable itself. */
export async function bundleEntry(name: "main.ts" | "warm-up.ts"): Promise<string> {
  return (await bundle(join(import.meta.dirname, name))).code;
}

interface Around {
  readonly banner?: string;
  readonly footer?: string;
  readonly define?: Record<string, string>;
}

async function bundle(entry: string, around: Around = {}): Promise<Bundled> {
  const { banner = "", footer = "", define = {} } = around;
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, logLevel: "error" },
    ...{ platform: "node", format: "cjs", target: `node${process.versions.node}` },
    ...{ minifySyntax: true, minifyWhitespace: true, legalComments: "none", charset: "ascii" },
    ...{ absWorkingDir: root, banner: { js: banner }, footer: { js: footer }, define },
  });
  const code = outputFiles[0]?.text ?? "";
  const inputs = Object.keys(metafile.inputs);
  return { code, packages: [...new Set(inputs.flatMap(packageOf))].toSorted() };
}

/** `node_modules/@a/b/lib/c.js` is of `node_modules/@a/b`. */
function packageOf(path: string): readonly string[] {
  const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll(sep, "/"))?.[0];
  return found === undefined ? [] : [join(root, found)];
}

/** The licences of what the executable holds, node's first, as their authors ask for in copies. */
export function licences(nodeLicence: string, packages: readonly string[]): string {
  const texts = packages.map((folder) => {
    const { name, version }: { name: string; version: string } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return [`node ${process.version}\n\n${nodeLicence.trim()}\n`, ...texts].join(
    `\n${"-".repeat(72)}\n\n`,
  );
}
