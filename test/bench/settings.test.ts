import assert from "node:assert/strict";
import { test } from "node:test";
import { caseGroups } from "../../bench/cases/index.ts";
import { readSettings } from "../../bench/settings.ts";
import { allSubjects } from "../../bench/subjects/index.ts";

const namesOf = (all: readonly { readonly name: string }[]): readonly string[] =>
  all.map(({ name }) => name);

test("without flags it measures every case and every subject", () => {
  const { groups, subjects, rounds, seconds } = readSettings([]);
  assert.deepEqual(groups, caseGroups);
  assert.deepEqual(namesOf(subjects), namesOf(allSubjects([])));
  assert.deepEqual({ rounds, seconds }, { rounds: 9, seconds: 3 });
});

test("starts only who takes part in the chosen cases", () => {
  const { groups, subjects } = readSettings(["--case", "latency,echo-small", "--rounds", "2"]);
  assert.deepEqual(
    groups.map(({ upstream, cases }) => [upstream, namesOf(cases)]),
    [
      ["pages", ["latency"]],
      ["echo", ["echo-small"]],
    ],
  );
  assert.ok(namesOf(subjects).includes("direct"));
  assert.ok(!namesOf(subjects).includes("undici-floor"));
});

test("keeps to the subjects that were named", () => {
  assert.deepEqual(namesOf(readSettings(["--only", "hermes-gate,nginx"]).subjects), [
    "nginx",
    "hermes-gate",
  ]);
});

for (const { name, args, told } of [
  { name: "a case that does not exist", args: ["--case", "smal-get"], told: /smal-get.*small-get/ },
  { name: "a subject that does not exist", args: ["--only", "apache"], told: /mod_auth_openidc/ },
  { name: "no rounds", args: ["--rounds", "0"], told: /--rounds wants a whole number from 1/ },
  { name: "half a second", args: ["--seconds", "0.5"], told: /--seconds/ },
  { name: "a flag that does not exist", args: ["--round", "1"], told: /--round/ },
]) {
  test(`refuses ${name} and says what there is`, () => {
    assert.throws(() => readSettings(args), told);
  });
}

test("every goal is about figures that its case has", () => {
  for (const { columns, comparisons, goals, name } of caseGroups.flatMap(({ cases }) => cases)) {
    const keys = columns.map(({ key }) => key);
    for (const { of } of goals)
      assert.ok(keys.includes(typeof of === "string" ? of : of.key), name);
    for (const { key } of comparisons) assert.ok(keys.includes(key), name);
  }
});

test("every goal is about subjects that take part in its case", () => {
  const subjects = allSubjects([]);
  for (const { goals, needs, name } of caseGroups.flatMap(({ cases }) => cases)) {
    const players = namesOf(subjects.filter(({ plays }) => plays.includes(needs)));
    for (const { subject, of } of goals) {
      assert.ok(players.includes(subject), `${name}: ${subject}`);
      if (typeof of !== "string") assert.ok(players.includes(of.rival), `${name}: ${of.rival}`);
    }
  }
});
