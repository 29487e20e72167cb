/** Completion as the shells do it: each script is loaded by its own shell, which is then asked what it would offer. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { completionScript, type Shell } from "../../src/commands/completion.ts";
import { describeCommandLine } from "../../src/program.ts";
import { run } from "../support/command.ts";
import { hasPrograms } from "../support/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "hermes-gate-completion-"));
const script = (shell: Shell): string => join(folder, shell);
const described = describeCommandLine();

before(() => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    writeFileSync(script(shell), completionScript(shell, described));
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers after these words, as readline has parted them. */
function inBash(words: readonly string[]): readonly string[] {
  const program = `source "$0"
COMP_WORDS=(hermes-gate "$@"); COMP_CWORD=$#
complete -p hermes-gate >/dev/null || exit 1
_hermes_gate hermes-gate "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0`;
  const flags = ["--norc", "--noprofile", "-c", program, script("bash"), ...words];
  return lines(execFileSync("bash", flags, { encoding: "utf8" }));
}

/** What fish offers for this line; files of the working directory, which is empty, left out. */
function inFish(line: string): readonly string[] {
  const program = `source ${script("fish")}; complete -C '${line}'`;
  const out = execFileSync("fish", ["--no-config", "-c", program], {
    ...{ encoding: "utf8", cwd: folder, env: { ...process.env, HOME: folder } },
  });
  return lines(out).map((offer) => offer.split("\t")[0] ?? "");
}

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
const names = described.commands.map(({ name }) => name);
const doctorFlags = described.commands
  .find(({ name }) => name === "doctor")
  ?.options.map(({ flag }) => flag);

const rows: readonly [string, readonly string[], readonly string[]][] = [
  ["the start of a command", ["ch"], ["check-config"]],
  ["the start of a command's flag", ["doctor", "--u"], ["--upstream", "--url"]],
  ["a command's flags", ["doctor", "--"], doctorFlags ?? []],
  ["a value", ["--log-level", ""], ["debug", "info", "warn", "error"]],
  ["the start of a value", ["serve", "--log-level", "w"], ["warn"]],
  ["a value that nobody can guess", ["serve", "--upstream", ""], []],
  ["a shell", ["completion", "z"], ["zsh"]],
  ["the command to have help of", ["help", "d"], ["doctor"]],
  ["the flag of a command that has no others", ["keygen", "--"], ["--help"]],
];

for (const [what, words, offered] of rows) {
  test(`bash offers ${what}`, () => {
    assert.deepEqual(inBash(words), offered);
  });

  test(`fish offers ${what}`, (t) => {
    if (!hasPrograms(t, "fish")) return;
    assert.deepEqual(inFish(["hermes-gate", ...words].join(" ")).toSorted(), offered.toSorted());
  });
}

test("bash offers the commands and the flags of serve where nothing stands yet", () => {
  const offered = inBash([""]);
  for (const name of [...names, "--upstream", "--version"]) assert.ok(offered.includes(name), name);
});

test("bash takes a flag with an equals sign for the same", () => {
  assert.deepEqual(inBash(["--log-level", "=", "de"]), ["debug"]);
  assert.deepEqual(inBash(["--log-level", "="]), ["debug", "info", "warn", "error"]);
});

test("bash leaves a file's name to its own completion", () => {
  const answer = execFileSync("bash", ["--norc", "-c", `source ${script("bash")}; complete -p`], {
    encoding: "utf8",
  });
  assert.match(answer, /^complete -F _hermes_gate hermes-gate$/m);
  assert.deepEqual(inBash(["--config", ""]), []);
});

test("zsh completes commands, flags and values at its prompt", (t) => {
  if (!hasPrograms(t, "zsh")) return;
  const program = join(folder, "drive.zsh");
  const typed: readonly (readonly [string, string])[] = [
    ["hermes-gate ch", "check-config"],
    ["hermes-gate doctor --ur", "--url"],
    ["hermes-gate --log-level d", "debug"],
    ["hermes-gate --log-level=w", "--log-level=warn"],
    ["hermes-gate completion z", "zsh"],
    ["hermes-gate help d", "doctor"],
  ];
  const steps = typed.map(
    ([line, expected]) => `zpty -n -w shell $'${line}\\t'
zpty -r shell got '*${expected}*' && print -r -- '${line}: ${expected}'
zpty -w shell $'\\C-u'`,
  );
  writeFileSync(
    program,
    `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; setopt nobeep; autoload -U compinit; compinit -u -D; source ${script("zsh")}; print rea""dy'
zpty -r shell got '*ready*'
${steps.join("\n")}
`,
  );
  const { stdout, stderr } = spawnSync("zsh", ["-f", program], {
    ...{ encoding: "utf8", timeout: 30_000, env: { ...process.env, HOME: folder } },
  });
  assert.deepEqual(
    lines(stdout),
    typed.map(([line, expected]) => `${line}: ${expected}`),
    stderr,
  );
});

test("the command prints the script, and refuses a shell that it has none for", async (t) => {
  const printed = await run(t, { args: ["completion", "bash"] });
  assert.deepEqual(printed, { code: 0, stdout: completionScript("bash", described), stderr: "" });
  const refused = await run(t, { args: ["completion", "tcsh"] });
  assert.equal(refused.code, 64);
  assert.match(refused.stderr, /^error: .*'tcsh'.*\nhint: one of bash, zsh, fish\n$/);
});
