/**
 * What is wrong with the configuration, as values, and how it is told: every problem at once, each with its place, the
 * rule, what was found and the mend. What was found is never shown where it may be a secret, or where a secret may have
 * slipped in for a section.
 */
import type { Origin, Path } from "./tree.ts";
import { showOrigin, showPath } from "./tree.ts";

export interface Problem {
  /** The setting, `session.secret`; absent where the problem is none of one setting. */
  readonly setting?: string;
  readonly origin?: Origin;
  /** Begins with "must", "is" or another verb; a whole sentence where there is no setting. Lower case, no period. */
  readonly rule: string;
  /** What was found, as `showValue` tells it. */
  readonly found?: string;
  /** Lines that say how to mend it. */
  readonly hints: readonly string[];
}

/** The configuration cannot be used. Exit code 78. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(showProblem).join("\n"));
    this.problems = problems;
  }
}

/** A problem of the setting at the path. */
export function problemAt(
  path: Path,
  rule: string,
  rest: {
    readonly origin?: Origin | undefined;
    readonly value?: unknown;
    readonly hints?: readonly string[];
  } = {},
): Problem {
  const found = "value" in rest ? showValue(path, rest.value) : undefined;
  return {
    setting: showPath(path),
    rule,
    hints: rest.hints ?? [],
    ...(rest.origin === undefined ? {} : { origin: rest.origin }),
    ...(found === undefined ? {} : { found }),
  };
}

/** The problem in one `error:` line and its `hint:` lines. */
export function showProblem(problem: Problem): string {
  const hints = problem.hints.map((hint) => `hint: ${hint}`);
  return [`error: ${problemLine(problem)}`, ...hints].join("\n");
}

/** The problem in one line, without what to do about it: place, setting, rule, what was found. */
export function problemLine(problem: Problem): string {
  const place = problem.origin === undefined ? "" : `${showOrigin(problem.origin)}: `;
  const subject = problem.setting === undefined ? "" : `${JSON.stringify(problem.setting)} `;
  const found = problem.found === undefined ? "" : `, got ${problem.found}`;
  return `${place}${subject}${problem.rule}${found}`;
}

/** The value for a message: quoted, cut at 80 characters, without a URL's user and password; of a secret its length alone. */
export function showValue(path: Path, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return "nothing";
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "a section";
  if (isSecret(path, value)) return `${Buffer.byteLength(String(value))} bytes`;
  if (typeof value !== "string") return String(value);
  // To the last "@": a password with a "/" or a blank in it is no less one.
  const shown = value.replace(/\/\/.*@/s, "//***@");
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}...` : shown);
}

/** A secret's setting, or the name of its file where that is no plain path: it may be the secret itself, set by mistake. */
function isSecret(path: Path, value: unknown): boolean {
  return path.some((step) => {
    if (typeof step !== "string") return false;
    if (/(secret|key|store)_file$/.test(step)) return !/^\.{0,2}\//.test(String(value));
    return /(secret|password|token|key)$/i.test(step);
  });
}
