/** Holds the table of rules in docs/security.md to the tests that it names, and the two rules that are about the sources. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const here = new URL("./", import.meta.url);
const root = new URL("../", here);

interface Row {
  readonly rule: number;
  readonly files: readonly string[];
  readonly shownBy: string;
}

const page = readFileSync(new URL("docs/security.md", root), "utf8");
const rows: readonly Row[] = [...page.matchAll(/^\| S(\d+) \|.*\| (.+) \|$/gm)].map(
  ([, rule = "", shownBy = ""]) => ({
    rule: Number(rule),
    shownBy,
    files: [...shownBy.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = ""]) => file),
  }),
);

/** The rules that the names of the file's tests begin with: `"S74, S75: ..."`, `"S57-S59: ..."`. */
function rulesShownIn(source: string): ReadonlySet<number> {
  const shown = new Set<number>();
  for (const [, list = ""] of source.matchAll(/["`](S\d+(?:(?:, | and |-)S?\d+)*)[:,]/g)) {
    for (const part of list.split(/, | and /)) {
      const [first = 0, last = first] = part
        .split("-")
        .map((name) => Number(name.replace("S", "")));
      for (let rule = first; rule <= last; rule += 1) shown.add(rule);
    }
  }
  return shown;
}

test("docs/security.md has every rule once, in order", () => {
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    Array.from({ length: 120 }, (_, index) => index + 1),
  );
});

test("every test file that a rule names has a test of that rule, or the rule says why there is none", () => {
  for (const { rule, files, shownBy } of rows) {
    if (files.length === 0) assert.doesNotMatch(shownBy, /\.test\.ts/, `S${rule}`);
    for (const file of files) {
      const shown = rulesShownIn(readFileSync(new URL(file, here), "utf8"));
      assert.ok(shown.has(rule), `${file} has no test named after S${rule}`);
    }
  }
});

test("no rule is said to be without a test that has one", () => {
  const untested = new Set(rows.filter(({ files }) => files.length === 0).map(({ rule }) => rule));
  for (const file of readdirSync(here, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".test.ts")) continue;
    for (const rule of rulesShownIn(readFileSync(new URL(file, here), "utf8"))) {
      assert.ok(!untested.has(rule), `S${rule} has a test in ${file}: name it in docs/security.md`);
    }
  }
});

test("S98: no source reads headersDistinct or trailersDistinct", () => {
  const sources = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  for (const file of sources.filter((name) => name.endsWith(".ts"))) {
    const source = readFileSync(new URL(`src/${file}`, root), "utf8");
    assert.doesNotMatch(source, /headersDistinct|trailersDistinct/, file);
  }
});

const floors = [
  ["undici", "8.10.2"],
  ["ws", "8.21.0"],
  ["jose", "6.0.0"],
] as const;

for (const [name, floor] of floors) {
  test(`S120: the locked ${name} is at least ${floor}`, () => {
    const lock = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8"));
    const version: string = lock.packages[`node_modules/${name}`].version;
    const order = version.localeCompare(floor, "en", { numeric: true });
    assert.ok(order >= 0, `${name} ${version} is below ${floor}`);
  });
}
