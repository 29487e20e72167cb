/**
 * Reads the sources as text, for tests that hold the whole tree to a rule: which file imports what, how long it is, which
 * words its code says. Line by line and without a compiler, so that it never lags behind the language.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

export interface SourceFile {
  /** Relative to `src`, with `/`. */
  readonly path: string;
  readonly text: string;
}

const root = join(import.meta.dirname, "../../src");

/** Every TypeScript file below `src`, sorted by path. */
export function readSources(): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The lines that hold code: no blank ones, none that is comment alone; a comment at a line's end is cut. */
export function codeLines(file: SourceFile): readonly string[] {
  const lines: string[] = [];
  let inComment = false;
  for (const line of file.text.split("\n")) {
    const text = line.trim();
    if (inComment) {
      inComment = !text.includes("*/");
      continue;
    }
    if (text.startsWith("/*")) {
      inComment = !text.includes("*/");
      continue;
    }
    if (text === "" || text.startsWith("//")) continue;
    lines.push(text.replace(/\s\/\/ .*$/, ""));
  }
  return lines;
}

/** The code with the contents of plain strings taken out, so that a sentence is not mistaken for code. */
export function codeWithoutStrings(file: SourceFile): string {
  return codeLines(file)
    .join("\n")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

const specifier =
  /(?:^|\n)\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?"([^"\n]+)"|\bimport\(\s*"([^"\n]+)"/g;

/** What the file imports, type imports and `import()` with them: relative ones as paths below `src`. */
export function importsOf(file: SourceFile): readonly string[] {
  const code = codeLines(file).join("\n");
  return [...code.matchAll(specifier)].map((match) => {
    const name = match[1] ?? match[2] ?? "";
    return name.startsWith(".") ? posix.join(dirname(file.path), name) : name;
  });
}
