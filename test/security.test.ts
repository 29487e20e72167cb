/**
 * Holds the table of rules in docs/security.md to the tests, both ways: a file that shows a rule stands in its row, and a file in
 * a row shows the rule. A test shows a rule by its number, mostly at the start of its name.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { codeLines } from "./support/source-tree.ts";

const root = new URL("../", import.meta.url);
const rules = 120;

interface Row {
  readonly rule: number;
  readonly shownBy: string;
}

const page = readFileSync(new URL("docs/security.md", root), "utf8");
const rows: readonly Row[] = [...page.matchAll(/^\| S(\d+) \|.*\| (.+) \|$/gm)].map(
  ([, rule = "", shownBy = ""]) => ({ rule: Number(rule), shownBy }),
);

/** The rules that the code of a test file names; `S256` is none of them. */
function rulesNamedIn(path: string, text: string): ReadonlySet<number> {
  const code = codeLines({ path, text }).join("\n");
  const numbers = [...code.matchAll(/(?<![\w-])S(\d{1,3})(?![\w-])/g)].map(([, n]) => Number(n));
  return new Set(numbers.filter((number) => number >= 1 && number <= rules));
}

/** The tests, and the suite that every provider passes: as the page names them. */
function testFiles(): readonly string[] {
  const below = (folder: string) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .map((name) => name.replaceAll("\\", "/"))
      .filter((name) => name.endsWith(".ts") && name !== "security.test.ts");
  return [...below("test/"), ...below("src/testing/").map((name) => `src/testing/${name}`)];
}

/** Rule to the files, in order, that name it. */
function findShown(): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const file of testFiles().toSorted()) {
    const path = file.startsWith("src/") ? file : `test/${file}`;
    for (const rule of rulesNamedIn(file, readFileSync(new URL(path, root), "utf8"))) {
      found.set(rule, [...(found.get(rule) ?? []), file]);
    }
  }
  return found;
}

test("docs/security.md has every rule once, in order", () => {
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    Array.from({ length: rules }, (_, index) => index + 1),
  );
});

test("docs/security.md names for each rule the files that show it, or says why there is none", () => {
  const shown = findShown();
  const wrong = rows.flatMap(({ rule, shownBy }) => {
    const files = shown.get(rule)?.map((file) => `\`${file}\``);
    if (files === undefined) return shownBy.includes("`") ? [`S${rule} has no test`] : [];
    const cell = files.join(", ");
    return cell === shownBy ? [] : [`the last cell of S${rule} must be: ${cell}`];
  });
  assert.deepEqual(wrong, []);
});

test("a rule is found where a test names it, and not in a comment or another word", () => {
  const text = '/** S1 */\ntest("S2, S3: x", () => {}); // S4\ntest(`k: S5: "S256" AS6 (S7)`);';
  assert.deepEqual([...rulesNamedIn("x.ts", text)], [2, 3, 5, 7]);
});
