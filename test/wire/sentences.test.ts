/** Holds the table of `test/wire/README.md` to the tests: a promise whose test was renamed or removed has nobody who keeps it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

interface Row {
  readonly promise: string;
  readonly file: string;
  readonly name: string;
}

const folder = import.meta.dirname;
const rows = readRows(readFileSync(join(folder, "README.md"), "utf8"));

function readRows(text: string): readonly Row[] {
  return [...text.matchAll(/^\| (.+) \| `(\S+)` \| (.+) \|$/gm)].map(
    ([, promise = "", file = "", name = ""]) => ({ promise, file, name }),
  );
}

/** Whether the source has this name as a text of its own, in quotes of any kind. */
function hasTest(source: string, name: string): boolean {
  return ['"', "`"].some((quote) => source.includes(quote + name + quote));
}

test("every promise of the table names a test that there is", () => {
  assert.ok(rows.length > 70, `found ${rows.length} rows`);
  const empty = rows.filter(
    ({ file, name }) => !hasTest(readFileSync(join(folder, file), "utf8"), name),
  );
  assert.deepEqual(empty, []);
});

test("every file of the wire suite keeps a promise of the table", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const idle = files.filter(
    (file) =>
      file.endsWith(".test.ts") &&
      file !== "sentences.test.ts" &&
      !rows.some((row) => row.file === file),
  );
  assert.deepEqual(idle, []);
});

test("a name that is a part of another is none", () => {
  assert.ok(hasTest('it("passes a range", ...', "passes a range"));
  assert.ok(!hasTest('it("passes a range of two", ...', "passes a range"));
});
