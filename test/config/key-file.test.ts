import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Runtime } from "../../src/base/runtime.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { keyFileName, keyFileSecrets } from "../../src/config/key-file.ts";
import { createReport } from "../../src/config/report.ts";
import { createTree } from "../../src/config/tree.ts";
import { complaints, goodFile, loaded, temporaryFolder } from "../support/config.ts";

const keyIn = (folder: string) => join(folder, "home/.local/state/hermes-gate/session.key");

test("S56: makes the key once, for its owner alone, and reads it from then on", (t) => {
  const folder = temporaryFolder(t);
  const first = loaded(t, { folder, file: goodFile });
  const second = loaded(t, { folder, file: goodFile });
  assert.deepEqual(second.session.secrets, first.session.secrets);
  assert.ok(Buffer.byteLength(first.session.secrets[0] ?? "") >= 32);
  assert.equal(statSync(keyIn(folder)).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(keyIn(folder))).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(dirname(keyIn(folder))), ["session.key"]);
});

test("S56: where the key cannot be written, a passing one serves, with a warning that says what follows", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "home"), "a file where the folder should be");
  const { session, warnings } = loaded(t, { folder, file: goodFile });
  assert.equal(session.secretSource, "process");
  assert.ok(Buffer.byteLength(session.secrets[0] ?? "") >= 32);
  const warning = warnings.find((line) => line.includes("session key")) ?? "";
  assert.match(
    warning,
    /\(ENOTDIR\): sessions end with this process, and replicas need the same session\.secret/,
  );
});

test("a passing key differs from process to process", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "home"), "");
  const secrets = () => loaded(t, { folder, file: goodFile }).session.secrets[0];
  assert.notEqual(secrets(), secrets());
});

test("a damaged key file is refused and not replaced", (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(dirname(keyIn(folder)), { recursive: true });
  writeFileSync(keyIn(folder), "short\n");
  const lines = complaints(t, { folder, file: goodFile });
  assert.match(
    lines[0] ?? "",
    /^error: the key file .*session\.key must hold a secret of at least 32 bytes a line$/,
  );
  assert.match(lines[1] ?? "", /^hint: delete it/);
  assert.equal(readFileSync(keyIn(folder), "utf8"), "short\n");
});

test("a key file that others can read is a warning with the mend", (t) => {
  const folder = temporaryFolder(t);
  loaded(t, { folder, file: goodFile });
  chmodSync(keyIn(folder), 0o644);
  const { warnings } = loaded(t, { folder, file: goodFile });
  assert.ok(warnings.some((line) => line.endsWith(`run: chmod 600 ${keyIn(folder)}`)));
});

test("a key file of several lines rotates: the first seals, all open", (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(dirname(keyIn(folder)), { recursive: true });
  const secrets = ["n".repeat(32), "o".repeat(32)];
  writeFileSync(keyIn(folder), `${secrets.join("\n")}\n`, { mode: 0o600 });
  assert.deepEqual(loaded(t, { folder, file: goodFile }).session.secrets, secrets);
});

test("of two gates that start at once both use the key that was there first", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, keyFileName);
  const other = "o".repeat(43);
  // The other gate publishes its key while this one draws the name of its draft.
  const runtime: Runtime = {
    ...nodeRuntime,
    randomBytes(size) {
      if (size === 8) writeFileSync(path, `${other}\n`, { mode: 0o600 });
      return nodeRuntime.randomBytes(size);
    },
  };
  const report = createReport(createTree({}, () => undefined));
  assert.deepEqual(keyFileSecrets(folder, runtime, report, true).secrets, [other]);
  assert.deepEqual(readdirSync(folder), [keyFileName]);
  assert.deepEqual(report.warnings, []);
});
