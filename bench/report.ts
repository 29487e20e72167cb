/** Turns the samples of a run into tables: for the terminal, and as the page `docs/performance.md`. */
import { cpus, release, totalmem } from "node:os";
import type { Case } from "./cases/case.ts";
import { cost, costRatio, median, type Samples } from "./measure.ts";
import type { Subject } from "./subjects/subject.ts";

export interface CaseResult {
  readonly benchCase: Case;
  readonly samples: Samples;
  /** Rounds that count although other programs disturbed them. */
  readonly disturbed: number;
}

export interface RunFacts {
  readonly subjects: readonly Subject[];
  readonly versions: ReadonlyMap<string, string>;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly wrk: string;
  readonly date: string;
}

/** A Markdown table of one case. Ratios compare CPU a unit with the first subject's. */
export function caseTable({ benchCase, samples }: CaseResult): string {
  const names = [...samples.keys()];
  const first = names[0] ?? "";
  const rows = names.map((name) => {
    const own = samples.get(name) ?? [];
    const cells = [
      name,
      median(own.map((sample) => sample.units / sample.seconds)).toFixed(0),
      `${cost(samples, name).toFixed(1)} µs`,
      `${costRatio(samples, name, first).toFixed(2)} x`,
      `${median(own.map((sample) => sample.p50)).toFixed(2)} ms`,
      `${median(own.map((sample) => sample.p99)).toFixed(2)} ms`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `| | ${benchCase.unit}s/s | CPU a ${benchCase.unit} | to ${first} | median | p99 |`,
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

export interface TargetResult {
  readonly sentence: string;
  readonly met: boolean;
}

/** Each target of the case with what was measured; those of subjects that did not take part are left out. */
export function targetResults({
  benchCase,
  samples,
}: Pick<CaseResult, "benchCase" | "samples">): readonly TargetResult[] {
  return benchCase.targets
    .filter(({ subject, rival }) => samples.has(subject) && samples.has(rival))
    .map(({ subject, rival, atMost }) => {
      const ratio = costRatio(samples, subject, rival);
      const met = ratio <= atMost;
      const verdict = met ? "met" : "missed";
      const sentence = `${subject} costs ${ratio.toFixed(2)} times what ${rival} does; at most ${atMost}: ${verdict}`;
      return { sentence, met };
    });
}

/** The whole page. */
export function page(facts: RunFacts, results: readonly CaseResult[]): string {
  const sections = results.map((result) =>
    [
      `## ${result.benchCase.name}`,
      "",
      result.benchCase.description,
      "",
      caseTable(result),
      "",
      ...targetResults(result).map(({ sentence }) => `- ${sentence}`),
      "",
      `Other programs disturbed ${result.disturbed} of the ${facts.rounds} rounds that count.`,
      "",
    ].join("\n"),
  );
  const subjects = facts.subjects.map(
    ({ name, setup }) => `| ${name} | ${facts.versions.get(name) ?? ""} | ${setup} |`,
  );
  return `# Performance

Written by \`npm run bench -- --write\`; do not edit by hand. What counts is CPU time a request, user and system, over the
whole process tree of each program, and its ratio within one run: requests a second and latencies depend on what else the
machine does, on the load generator and on the upstream, which share its cores.

${sections.join("\n")}
## What ran

| | version | set-up |
| --- | --- | --- |
${subjects.join("\n")}

Every subject gets the same request, the session cookies of the gate included, on ${facts.connections} kept connections from
one thread of ${facts.wrk}. The upstream is nginx and answers from its configuration. ${facts.rounds} rounds of
${facts.seconds} s each, every subject once a round, after a round that warms up and is not counted; a round that other programs
disturbed is repeated. CPU is the lower quartile over rounds, since disturbance only ever adds; the rest are medians. Measured ${facts.date} on ${machine()}.

## Repeat it

\`\`\`
npm ci
npm run bench                          # needs Linux, nginx and wrk; installs them when run as root on Debian
npm run bench -- --rounds 7 --seconds 10
npm run bench -- --only hermes-gate,nginx --node-arg=--cpu-prof --node-arg=--cpu-prof-dir=/tmp
npm run bench -- --write               # and writes this page
\`\`\`

It ends with status 1 when a target is missed.
`;
}

function machine(): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "an unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} cores (${model}), ${memory} GiB, Linux ${release()}`;
}
