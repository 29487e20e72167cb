import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween } from "../../src/config/changes.ts";
import { ConfigError, type Problem } from "../../src/config/problems.ts";
import { StorePackageMissing } from "../../src/store/open.ts";
import { fromFailure, toFailure } from "../../src/workers/failure.ts";
import { configForWorker, wholeConfig } from "../../src/workers/plain-config.ts";
import { goodFile, loaded } from "../support/config.ts";

const more = `
workers: 4
public_url: https://dash.example/hermes
session: { secret: ${"s".repeat(40)} }
allow: { claims: { department: [a, b] }, groups: [staff] }
identity_headers: { X-User: email }
`;

test("a configuration crosses between processes whole, its public base too", (t) => {
  const file = `${goodFile.replace(", allow: everyone", "")}${more}`;
  const config = loaded(t, { file });
  const crossed = wholeConfig(structuredClone(configForWorker(config)));
  assert.deepEqual(changesBetween(config, crossed), { taken: [], fixed: [], refused: [] });
  assert.equal(crossed.publicUrl?.url("/x"), "https://dash.example/hermes/x");
  const plain = loaded(t, { file: goodFile });
  assert.deepEqual(wholeConfig(structuredClone(configForWorker(plain))), plain);
});

const shares = [
  ["no limit", 0, 4, 0],
  ["an even share", 8, 4, 2],
  ["an uneven share never adds up to more than the limit", 11, 4, 2],
  ["one each", 4, 4, 1],
] as const;

for (const [name, connections, workers, share] of shares) {
  test(`connections to the upstream are divided among workers: ${name}`, (t) => {
    const file = `${goodFile}workers: ${workers}\nupstream_options: { connections: ${connections} }\n`;
    assert.equal(configForWorker(loaded(t, { file })).upstream.connections, share);
  });
}

test("a failure is the same error at the other end, in kind, words and code", () => {
  const problem: Problem = { setting: "providers", rule: "must be", hints: ["mend it"] };
  const cross = (error: unknown) => fromFailure(structuredClone(toFailure(error)));
  const refused = cross(new ConfigError([problem]));
  assert.ok(refused instanceof ConfigError);
  assert.deepEqual(refused.problems, [problem]);
  assert.ok(cross(new StorePackageMissing("none")) instanceof StorePackageMissing);
  const taken = cross(Object.assign(new Error("listen"), { code: "EADDRINUSE" }));
  assert.deepEqual({ ...taken }, { code: "EADDRINUSE" });
  const bug = new TypeError("a bug");
  assert.equal(cross(bug).stack, bug.stack);
  assert.equal(cross("no error").message, "no error");
});
