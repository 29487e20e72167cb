/** What a run was told to do: cases, subjects, rounds. A name that does not exist is an error and not an empty run. */
import { parseArgs } from "node:util";
import { type CaseGroup, caseGroups } from "./cases/index.ts";
import { allSubjects } from "./subjects/index.ts";
import type { Subject } from "./subjects/subject.ts";

export interface Settings {
  readonly groups: readonly CaseGroup[];
  /** Those that take part in a case of this run. */
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly write: boolean;
}

/** Fails with a sentence about what cannot be understood. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: "string", default: "" },
      only: { type: "string", default: "" },
      rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "3" },
      connections: { type: "string", default: "32" },
      "node-arg": { type: "string", multiple: true, default: [] },
      write: { type: "boolean", default: false },
    },
  });
  const cases = chosen(
    "--case",
    values.case,
    caseGroups.flatMap((group) => group.cases),
  );
  const subjects = chosen("--only", values.only, allSubjects(values["node-arg"]));
  return {
    groups: caseGroups
      .map((group) => ({ ...group, cases: group.cases.filter((one) => cases.includes(one)) }))
      .filter((group) => group.cases.length > 0),
    subjects: subjects.filter(({ plays }) => cases.some(({ needs }) => plays.includes(needs))),
    rounds: positive("--rounds", values.rounds),
    seconds: positive("--seconds", values.seconds),
    connections: positive("--connections", values.connections),
    write: values.write,
  };
}

function chosen<One extends { readonly name: string }>(
  flag: string,
  names: string,
  all: readonly One[],
): readonly One[] {
  if (names === "") return all;
  const wanted = names.split(",");
  const unknown = wanted.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = all.map(({ name }) => name).join(", ");
    throw new Error(`${flag} ${unknown.join(",")} does not exist; there are: ${known}`);
  }
  return all.filter(({ name }) => wanted.includes(name));
}

function positive(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new Error(`${flag} wants a whole number from 1, not ${text}`);
  return Number(text);
}
