/**
 * Collects what is wrong and what is worth a warning while the configuration is judged, and turns the schema's own
 * findings into problems. One collector, so that an operator reads every problem in one run instead of one a run.
 */
import type { z } from "zod";
import type { Problem } from "./problems.ts";
import { problemAt } from "./problems.ts";
import { closest, namesIn, schemaKeys } from "./schema-keys.ts";
import { waysToSet } from "./sources.ts";
import type { Path, Tree } from "./tree.ts";
import { isSection, showPath } from "./tree.ts";

export interface Report {
  readonly problems: Problem[];
  readonly warnings: string[];
  /** Adds a problem of the setting at the path, with its place and its value. */
  refuse(path: Path, rule: string, ...hints: readonly string[]): void;
  /** The same without its value, which may hold a secret. */
  refuseUnseen(path: Path, rule: string, ...hints: readonly string[]): void;
  /** Adds what the schema found. Answers the top-level keys that cannot be judged further. */
  refuseAll(error: z.core.$ZodError): ReadonlySet<string>;
}

export function createReport(tree: Tree): Report {
  const problems: Problem[] = [];
  const refuse: Report["refuse"] = (path, rule, ...hints) => {
    problems.push(
      problemAt(path, rule, { origin: tree.originOf(path), value: tree.get(path), hints }),
    );
  };

  function refuseIssue(issue: z.core.$ZodIssue, base: Path): void {
    const path = [...base, ...issue.path.map((step) => (typeof step === "symbol" ? "" : step))];
    const inner =
      issue.code === "invalid_union" ? branchFor(tree.get(path), issue.errors) : undefined;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) refuseUnknown([...path, key]);
    } else if (issue.code === "invalid_key") {
      refuse(path, issue.issues[0]?.message ?? issue.message);
    } else if (inner !== undefined) {
      for (const found of inner) refuseIssue(found, path);
    } else if (tree.get(path) === undefined) {
      refuseMissing(path);
    } else {
      refuse(path, issue.message, ...defaultHint(path));
    }
  }

  function refuseUnknown(path: Path): void {
    const parent = path.slice(0, -1);
    const name = nameIn(String(path.at(-1)));
    const origin = tree.originOf(path);
    const hints = [unknownKeyHint(parent, name)];
    problems.push(problemAt([...parent, name], "is not a known key", { origin, hints }));
  }

  function refuseMissing(path: Path): void {
    const ways = waysToSet(showPath(path));
    refuse(path, "is required", ...(ways === undefined ? [] : [`set it by ${ways}`]));
  }

  return {
    problems,
    warnings: [],
    refuse,
    refuseUnseen(path, rule, ...hints) {
      problems.push(problemAt(path, rule, { origin: tree.originOf(path), hints }));
    },
    refuseAll(error) {
      for (const issue of error.issues) refuseIssue(issue, []);
      return new Set(error.issues.flatMap((issue) => taintedBy(issue)));
    },
  };
}

/** An unknown key at the top spoils nothing else; any other finding spoils the top-level key that it is in. */
function taintedBy(issue: z.core.$ZodIssue): readonly string[] {
  const [top] = issue.path;
  if (top !== undefined) return [String(top)];
  return issue.code === "unrecognized_keys" ? issue.keys : [];
}

/** Of the forms that a value may have, the one it was meant to be: a section was meant as a section. */
function branchFor(
  value: unknown,
  errors: readonly z.core.$ZodIssue[][],
): z.core.$ZodIssue[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const wrongKind = (issue: z.core.$ZodIssue) =>
    issue.path.length === 0 && issue.code !== "unrecognized_keys";
  return errors.find((issues) => issues.length > 0 && !issues.some(wrongKind));
}

function unknownKeyHint(parent: Path, name: string): string {
  if (parent.length === 0 && name === "dashboard") {
    return "a Hermes config.yaml is read as one when it has none of the gate's own keys";
  }
  const names = namesIn(keyOf(parent));
  const meant = closest(name, names);
  if (meant === undefined) return `the keys there are ${names.join(", ")}`;
  return `did you mean "${showPath([...parent, meant])}"?`;
}

function defaultHint(path: Path): readonly string[] {
  const entry = schemaKeys().find(({ key }) => key === keyOf(path));
  if (entry?.default === undefined || isSection(entry.default)) return [];
  return [`without it, it is ${JSON.stringify(entry.default)}`];
}

/** `{client_secret:abc}` is one key without a value to YAML: what follows the name is not shown (S101). */
function nameIn(key: string): string {
  return key.replace(/^([\w.-]+)[^\w.-].*$/s, "$1");
}

function keyOf(path: Path): string {
  return showPath(path).replace(/\[\d+\]/g, "[]");
}
