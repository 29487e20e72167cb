/** A case as a Markdown table: a row a subject, its figures, and these beside those of its rivals. */
import type { Comparison } from "../cases/case.ts";
import type { Measured } from "../measure.ts";
import { columnOf, figure, showCompared } from "./figures.ts";

export function caseTable(found: Pick<Measured, "benchCase" | "samples">): string {
  const { benchCase, samples } = found;
  const comparisons = benchCase.comparisons.filter(({ rival }) => samples.has(rival));
  const titleOf = ({ key, rival, as }: Comparison): string => {
    const { title } = columnOf(benchCase, key);
    return as === "ratio" ? `${title} to ${rival}` : `added ${title}`;
  };
  const head = ["", ...benchCase.columns.map(({ title }) => title), ...comparisons.map(titleOf)];
  const rows = [...samples.keys()].map((name) => [
    name,
    ...benchCase.columns.map(({ key, show }) => show(figure(found, name, key))),
    ...comparisons.map((comparison) => showCompared(found, name, comparison)),
  ]);
  const rule = head.map((_, at) => (at === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
