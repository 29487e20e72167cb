/**
 * Programs beside Node that a test wants. Where one is missing the test is skipped and says so; on CI, where `.ci/run` has installed
 * all of them, it fails, so that no test falls silent there.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/** Debian's packages, where they are called otherwise than the program. */
const packages = new Map([["promtool", "prometheus"]]);

/** True when all of them are on the PATH; else the test is skipped, or fails on CI. */
export function hasPrograms(t: TestContext, ...programs: readonly string[]): boolean {
  const missing = programs.filter(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined,
  );
  if (missing.length === 0) return true;
  const toInstall = missing.map((program) => packages.get(program) ?? program);
  notRun(t, `no ${missing.join(", ")} on the PATH; apt-get install ${toInstall.join(" ")}`);
  return false;
}

/** Skips the test for this reason. On CI it fails instead. */
export function notRun(t: TestContext, reason: string): void {
  assert.notEqual(process.env["CI"], "true", reason);
  t.skip(`NOT RUN: ${reason}`);
}
