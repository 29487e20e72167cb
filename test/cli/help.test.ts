/** The help and the man page: what they tell is there, and what is there they tell. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { manPage } from "../../man/page.ts";
import { tasks } from "../../src/commands/examples.ts";
import { packageVersion } from "../../src/commands/version.ts";
import { environmentNames } from "../../src/config/sources.ts";
import { describeCommandLine } from "../../src/program.ts";
import { run } from "../support/command.ts";

const described = describeCommandLine();
const root = join(import.meta.dirname, "../..");

test("every example names a command and flags that exist", () => {
  for (const { of, line } of tasks.flatMap(({ examples }) => examples)) {
    const command = described.commands.find(({ name }) => name === of);
    assert.ok(command !== undefined, of);
    assert.ok(of === "serve" || line.includes(`hermes-gate ${of}`), line);
    const known = command.options.map(({ flag }) => flag);
    for (const flag of line.match(/--[a-z-]+/g) ?? []) assert.ok(known.includes(flag), line);
  }
});

test("the help has every command, and an example for each", async (t) => {
  const { code, stdout, stderr } = await run(t, { args: ["--help"] });
  assert.deepEqual([code, stderr], [0, ""]);
  for (const { name } of described.commands) assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
  for (const { name, examples } of tasks) {
    assert.ok(stdout.includes(`\n${name}:\n`), name);
    for (const { line } of examples) assert.ok(stdout.includes(`\n  ${line}\n`), line);
  }
  for (const { name } of described.commands.filter((command) => command.name !== "help")) {
    const own = await run(t, { args: [name, "--help"] });
    assert.match(own.stdout, /\nExamples:\n {2}\S/, name);
  }
});

test("-h is --help, for the program and for a command", async (t) => {
  for (const command of [[], ["doctor"]]) {
    const [short, long] = await Promise.all(
      ["-h", "--help"].map((flag) => run(t, { args: [...command, flag] })),
    );
    assert.deepEqual(short, long);
    assert.equal(short?.code, 0);
  }
});

test("the examples of a command stand under one heading, without gaps", async (t) => {
  const { stdout } = await run(t, { args: ["serve", "--help"] });
  const [, examples = ""] = stdout.split("\nExamples:\n");
  assert.match(examples, /^(?: {2}hermes-gate .*\n {6}\S.*\n){3}$/);
});

test("the man page is made anew with each change: npm run man", () => {
  const page = readFileSync(join(root, "man/hermes-gate.1"), "utf8");
  assert.equal(page, manPage(described, packageVersion()));
});

test("the man page has every flag and variable", () => {
  const page = manPage(described, packageVersion()).replaceAll("\\-", "-");
  const flags = described.commands.flatMap(({ options }) => options.map(({ flag }) => flag));
  for (const name of [...flags, ...environmentNames()]) {
    assert.match(page, new RegExp(`\\\\fB${name}\\\\fR`), name);
  }
});
