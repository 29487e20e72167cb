import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRotatingFile } from "../../src/base/rotating-file.ts";
import { temporaryFolder } from "../support/config.ts";

test("appends lines to a file for its owner alone, in a folder that it makes", (t) => {
  const path = join(temporaryFolder(t), "a", "b", "audit.jsonl");
  const file = createRotatingFile({ path });
  t.after(file.close);
  file.write("one");
  file.write("two");
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("appends to what an earlier process wrote", (t) => {
  const path = join(temporaryFolder(t), "audit.jsonl");
  writeFileSync(path, "old\n");
  const file = createRotatingFile({ path });
  t.after(file.close);
  file.write("new");
  assert.equal(readFileSync(path, "utf8"), "old\nnew\n");
});

test("never grows past its bound, loses no line that is kept, and keeps so many old files", (t) => {
  const path = join(temporaryFolder(t), "audit.jsonl");
  const file = createRotatingFile({ path, maxBytes: 20, keep: 2 });
  t.after(file.close);
  for (let index = 0; index < 9; index += 1) file.write(`line-${index}`);
  const read = (suffix: string) => readFileSync(`${path}${suffix}`, "utf8");
  assert.deepEqual(
    [read(".2"), read(".1"), read("")],
    ["line-4\nline-5\n", "line-6\nline-7\n", "line-8\n"],
  );
  assert.equal(existsSync(`${path}.3`), false);
});

test("a line longer than the bound is written whole", (t) => {
  const path = join(temporaryFolder(t), "audit.jsonl");
  const file = createRotatingFile({ path, maxBytes: 4 });
  t.after(file.close);
  file.write("long line");
  assert.equal(readFileSync(path, "utf8"), "long line\n");
});

test("throws while it cannot be written, and goes on when it can", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "audit.jsonl");
  mkdirSync(path);
  const file = createRotatingFile({ path });
  t.after(file.close);
  assert.throws(() => file.write("x"), { code: "EISDIR" });
  rmSync(path, { recursive: true });
  file.write("y");
  assert.equal(readFileSync(path, "utf8"), "y\n");
});
