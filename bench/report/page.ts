/** The page `docs/performance.md`, whole: what was asked, what was found, which goals were met, on what, and how to repeat it. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import type { GapsResult } from "../load/gaps.ts";
import type { Measured } from "../measure.ts";
import { goalResults } from "./figures.ts";
import { caseTable } from "./table.ts";

export interface SubjectFacts {
  readonly name: string;
  readonly setup: string;
  readonly version: string;
}

export interface RunFacts {
  readonly subjects: readonly SubjectFacts[];
  /** Who could not take part, and why. */
  readonly absent: readonly { readonly name: string; readonly why: string }[];
  readonly seconds: number;
  readonly connections: number;
  readonly gaps: GapsResult;
  readonly wrk: string;
  readonly date: string;
}

export function page(facts: RunFacts, results: readonly Measured[]): string {
  const goals = results.flatMap(goalResults);
  return `# Performance

Written by \`npm run bench -- --write\`; do not edit by hand. What a program costs is its CPU time for one request, user and
system, over its whole process tree; what it is worth is that beside another's of the same run. Requests a second and
latencies depend on what else the machine does: but for \`latency\`, load, subject and upstream share its cores here, so that a
program which costs less also waits less.

## Goals

${goals.map(({ sentence }) => `- ${sentence}`).join("\n")}

${absences(facts)}${disturbances(results)}${results.map(section).join("\n")}
## What ran

| | version | set-up |
| --- | --- | --- |
${facts.subjects.map(({ name, version, setup }) => `| ${name} | ${version} | ${setup} |`).join("\n")}

${method(facts)}
## Measured elsewhere

[Ten minutes of mixed traffic](performance-soak.md), with sessions, sockets and restarts;
[two workers beside one](deployment.md#several-cores); and [the single executable](binary.md#measured):

${executableFigures()}

## Repeat it

\`\`\`
npm ci
npm run bench                      # all of it, in half an hour; needs Linux, nginx and wrk, which it installs as root on Debian
apt-get install apache2 libapache2-mod-auth-openidc    # and it measures that too; oauth2-proxy where go can build it
npm run bench -- --case small-get,echo-small --only hermes-gate,nginx --rounds 3 --seconds 10
npm run bench -- --write           # and writes this page
npm run bench:profile              # where the gate's CPU time goes, by function; --case as above
\`\`\`

It ends with status 1 when a goal is missed.
`;
}

/** The table that the check of the executable wrote into its own page: its figures are not measured again here. */
function executableFigures(): string {
  const text = readFileSync(new URL("../../docs/binary.md", import.meta.url), "utf8");
  const [, table] = /<!-- figures -->\n([\s\S]*?)\n<!-- \/figures -->/.exec(text) ?? [];
  if (table === undefined) throw new Error("docs/binary.md has no figures between its marks");
  return table.trim();
}

function absences({ absent }: RunFacts): string {
  if (absent.length === 0) return "";
  const lines = absent.map(({ name, why }) => `- **${name}** did not take part: ${why}`);
  return `${lines.join("\n")}\n\n`;
}

/** A verdict of a case that others disturbed is theirs as much as the gate's. */
function disturbances(results: readonly Measured[]): string {
  const names = results
    .filter(({ disturbed }) => disturbed > 0)
    .map(({ benchCase }) => benchCase.name);
  if (names.length === 0) return "";
  return `Other programs disturbed rounds of ${names.join(", ")} in this run: what it found there is worth little.\n\n`;
}

function section(result: Measured): string {
  const { benchCase, rounds, disturbed } = result;
  const noise = disturbed === 0 ? "none of them" : `${disturbed} of them`;
  return `## ${benchCase.name}

${benchCase.description}

${caseTable(result)}

Rounds that count: ${rounds}; other programs disturbed ${noise}.
`;
}

function method({ connections, seconds, gaps, wrk, date }: RunFacts): string {
  return `Every subject gets the same request; one that knows no sign-in gets the gate's cookies, so that all read as many bytes. GETs
come from one thread of ${wrk} on ${connections} kept connections, all other loads from a Node process of their own, which is
nobody's cost. The upstream of pages is nginx, that of sockets a Node process that does nothing else. Rounds are interleaved:
each asks every subject once, for ${seconds} s. A first one warms up and does not count; one in which other programs kept more than a
fifth of a core busy is repeated, as long as there are not more such rounds than others. CPU is the lower quartile over
rounds, since disturbance only ever adds, and so is the p99 of \`latency\`, which has nine, as has \`small-get\`; the rest are medians. Memory is the proportional set size of the process tree.

What such a machine cannot tell: two cores shared by load, subject and upstream say little of what a program does on cores of its
own; CPU times of a virtual machine rise with what its host does unseen, by a tenth from run to run and more, and not for
all programs alike. A thread that only looked at the clock for 5 s before the run, with nothing else running, was without its core for
${(gaps.share * 100).toFixed(1)} % of them, ${gaps.longest.toFixed(1)} ms at most: no p99 here is free of that. So compare within a run, and trust a ratio no further than its second figure.

Measured ${date} on ${machine()}.
`;
}

function machine(): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "an unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} cores (${model}), ${memory} GiB, Linux ${release()}`;
}
