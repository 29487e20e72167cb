import assert from "node:assert/strict";
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../src/base/folder.ts";
import { temporaryFolder } from "../support/config.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

test("makes the folder and those above it, for their owner alone", (t) => {
  const root = temporaryFolder(t);
  makeFolder(join(root, "a", "b", "c"));
  for (const path of ["a", "a/b", "a/b/c"]) assert.equal(modeOf(join(root, path)), 0o700, path);
});

test("leaves a folder that is there as it is", (t) => {
  const root = temporaryFolder(t);
  chmodSync(root, 0o750);
  makeFolder(root);
  assert.equal(modeOf(root), 0o750);
});

test("fails with the system's error where a file is in the way", (t) => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "");
  assert.throws(() => makeFolder(join(file, "below")), { code: "ENOTDIR" });
});

test("a folder below /proc is an error and no endless loop", {
  skip: !existsSync("/proc/self") && "there is no /proc",
}, () => {
  assert.throws(() => makeFolder("/proc/nowhere/deeper"), { code: "ENOENT" });
});
