import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError, problemAt, showProblem, showValue } from "../../src/config/problems.ts";

test("shows place, setting, rule, value and mend", () => {
  const problem = problemAt(["log", "level"], 'must be "info"', {
    origin: { kind: "file", file: "config.yaml", line: 7 },
    value: "loud",
    hints: ["without it, it is info"],
  });
  assert.equal(
    showProblem(problem),
    'error: config.yaml:7: "log.level" must be "info", got "loud"\nhint: without it, it is info',
  );
  assert.equal(new ConfigError([problem, problem]).message.split("\n").length, 4);
});

test("S101: never shows a secret, its characters or what stands in the place of a section", () => {
  const hidden: readonly (readonly [path: (string | number)[], value: unknown])[] = [
    [["session", "secret"], "hunter2"],
    [["session", "secret", 0], "hunter2"],
    [["providers", 0, "client_secret"], "hunter2"],
    [["providers", 0, "client_secret_file"], "hunter2"],
    [["identity_jwt", "key_file"], "-----BEGIN PRIVATE KEY-----\nhunter2"],
    [["store_file"], "hunter2"],
    [["providers", 0, "options", "api_key"], "hunter2"],
    [["session", "secret"], ["hunter2"]],
    [["providers"], { client_secret: "hunter2" }],
    [["public_url"], "https://me:hunter2@dash.example"],
    [["store"], "redis://me:hun/ter2@x:hunter2@cache"],
    [["upstream"], "http://me:x hunter2@cache"],
  ];
  for (const [path, value] of hidden) {
    assert.doesNotMatch(showValue(path, value) ?? "", /hunter2/, path.join("."));
  }
});

test("shows a file's path, which is what has to be mended", () => {
  assert.equal(showValue(["session", "secret_file"], "/run/key"), '"/run/key"');
  assert.equal(showValue(["session", "secret_file"], "./key"), '"./key"');
});

test("S102: a value never breaks the line, and is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (value) => {
      const shown = showValue(["upstream"], value) ?? "";
      assert.doesNotMatch(shown, /[\x00-\x1f]/);
      assert.ok(shown.length < 600);
    }),
  );
});
