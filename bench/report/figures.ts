/** What the rounds of a case come to: one figure a subject and column, the comparisons, and whether the goals were met. */
import type { Case, Column, Comparison, Goal } from "../cases/case.ts";
import type { Measured, Samples } from "../measure.ts";

type Found = Pick<Measured, "benchCase" | "samples">;

/** The one figure that stands for all rounds; NaN where there is none. */
export function figure({ benchCase, samples }: Found, subject: string, key: string): number {
  const column = columnOf(benchCase, key);
  const values = (samples.get(subject) ?? []).flatMap((figures) => figures[key] ?? []);
  return values.length === 0 ? Number.NaN : column.pick(values);
}

/** The subject's figure divided by the rival's, or less the rival's. */
export function compared(found: Found, subject: string, { key, rival, as }: Comparison): number {
  const own = figure(found, subject, key);
  const other = figure(found, rival, key);
  return as === "ratio" ? own / other : own - other;
}

/** `0.53 x`, or the difference in the column's own unit. */
export function showCompared(found: Found, subject: string, comparison: Comparison): string {
  const value = compared(found, subject, comparison);
  if (comparison.as === "ratio") return `${value.toFixed(2)} x`;
  const { show } = columnOf(found.benchCase, comparison.key);
  return `${value < 0 ? "" : "+"}${show(value)}`;
}

export function columnOf({ columns, name }: Case, key: string): Column {
  const column = columns.find((candidate) => candidate.key === key);
  if (column === undefined) throw new Error(`${name} has no figure ${key}`);
  return column;
}

export interface GoalResult {
  readonly sentence: string;
  /** Undefined: whom it needs did not take part. */
  readonly met: boolean | undefined;
}

/** Each goal of the case with what was measured. */
export function goalResults(found: Found): readonly GoalResult[] {
  return found.benchCase.goals.map((goal) => judge(found, goal));
}

function judge(found: Found, goal: Goal): GoalResult {
  const { subject, of } = goal;
  const { name } = found.benchCase;
  const key = typeof of === "string" ? of : of.key;
  const { title, show } = columnOf(found.benchCase, key);
  const beside = typeof of === "string" ? "" : besides(of);
  const what = `${name}: ${title} of ${subject}${beside}`;
  const absent = [subject, ...(typeof of === "string" ? [] : [of.rival])].filter(
    (wanted) => !tookPart(found.samples, wanted),
  );
  if (absent.length > 0) {
    return { sentence: `${what}: not judged, ${absent.join(" and ")} did not run`, met: undefined };
  }
  const value = typeof of === "string" ? figure(found, subject, key) : compared(found, subject, of);
  const shown = typeof of === "string" ? show(value) : showCompared(found, subject, of);
  const met =
    value <= (goal.atMost ?? Number.POSITIVE_INFINITY) &&
    value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY);
  const bound = goal.atMost === undefined ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`;
  return { sentence: `${what}: ${shown}, ${bound}: ${met ? "met" : "MISSED"}`, met };
}

function besides({ rival, as }: Comparison): string {
  return as === "ratio" ? ` to ${rival}'s` : ` over ${rival}'s`;
}

function tookPart(samples: Samples, subject: string): boolean {
  return (samples.get(subject)?.length ?? 0) > 0;
}
