import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

const mistakes: readonly (readonly [script: string, args: readonly string[], says: string])[] = [
  [
    "soak/main.ts",
    ["--minuets", "2"],
    "error: unknown option '--minuets'\nhint: the flags are --minutes, --sessions, --seed, --write\n",
  ],
  [
    "soak/main.ts",
    ["--minutes", "two"],
    "error: --minutes is no number above 0: two\nhint: npm run soak -- --minutes 2\n",
  ],
  [
    "programs/main.ts",
    ["--only", "grafana"],
    "error: --only names no program that is known: grafana\nhint: one or more of node-red, vite, prometheus, jupyter, parted by commas\n",
  ],
  [
    "binary/check.ts",
    ["--program"],
    "error: option '--program <value>' argument missing\nhint: the flags are --write, --built, --program\n",
  ],
  [
    "test/mutation/main.ts",
    ["gate", "gates"],
    "error: there is no part gates\nhint: one or more of gate, session, http, ticket, proxy\n",
  ],
];

for (const [script, args, says] of mistakes) {
  test(`${script} ${args.join(" ")} says what is wrong, and exits 64`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      cwd: root,
      encoding: "utf8",
    });
    assert.deepEqual([stdout, stderr, status], ["", says, 64]);
  });
}
