/** What a run found, as text for the terminal and as the page `docs/performance-soak.md`. */
import { cpus, release, totalmem } from "node:os";
import type { Row } from "./ledger.ts";
import type { Trend } from "./trend.ts";

export interface Check {
  readonly sentence: string;
  readonly met: boolean;
}

export interface Findings {
  readonly minutes: number;
  readonly sessions: number;
  readonly accessTokenSeconds: number;
  readonly seed: number;
  readonly rows: readonly Row[];
  /** Requests that the gate counted, upgrades included. */
  readonly gateRequests: number;
  readonly refreshes: number;
  readonly signIns: number;
  readonly restarts: { readonly upstream: number; readonly provider: number };
  readonly memory: MemoryFindings;
  /** Milliseconds that the load itself stood still at most. */
  readonly longestStall: number;
  readonly sockets: { readonly before: number; readonly after: number };
  readonly checks: readonly Check[];
  readonly warnings: ReadonlyMap<string, number>;
  readonly told: readonly string[];
  readonly date: string;
  readonly version: string;
}

export interface MemoryFindings {
  /** Of the second half. */
  readonly resident: Trend;
  readonly heap: Trend;
  /** Bytes after the run, when nobody was there any more. */
  readonly idleResident: number;
  readonly idleHeap: number;
}

/** Everything that was found; what failed stands last, where a terminal shows it. */
export function summary(findings: Findings): string {
  const warnings = [...findings.warnings].map(([message, count]) => `  ${count} x ${message}`);
  return [
    tableOf(findings),
    "",
    memoryTable(findings),
    "",
    ...(warnings.length > 0 ? ["The gate's log warned of:", ...warnings, ""] : []),
    stallSentence(findings),
    ...findings.checks.map(({ met, sentence }) => `${met ? "ok  " : "FAIL"}  ${sentence}`),
    ...findings.told.map((violation) => `      ${violation}`),
  ].join("\n");
}

function tableOf({ rows }: Findings): string {
  const lines = rows.map(({ act, status, verdict, count, longest }) => [
    ...[act, status, verdict, `${count}`],
    `${(longest / 1000).toFixed(2)} s`,
  ]);
  return markdownTable(["act", "came to", "judged", "times", "longest"], lines);
}

function memoryTable({ memory, sockets }: Findings): string {
  const { resident, heap, idleResident, idleHeap } = memory;
  const row = (name: string, { mean, perMinute, gain }: Trend, idle: number) => [
    name,
    mib(mean),
    `${signed(perMinute / 2 ** 20)} MiB`,
    `${signed(gain * 100)} %`,
    mib(idle),
  ];
  return [
    markdownTable(
      ["", "mean of the second half", "slope a minute", "gained in it", "after the run, idle"],
      [
        row("resident memory", resident, idleResident),
        row("heap and buffers after a collection", heap, idleHeap),
      ],
    ),
    "",
    `Sockets open before the first visitor: ${sockets.before}; after the last: ${sockets.after}.`,
  ].join("\n");
}

/** The whole page. */
export function page(findings: Findings): string {
  const { minutes, sessions, accessTokenSeconds, restarts } = findings;
  return `# Soak

Written by \`npm run soak -- --write\`; do not edit by hand. ${minutes} minutes of mixed traffic of ${sessions} people, each signed in
at a real OpenID provider that rotates refresh tokens and revokes a session when it sees one twice. Access tokens live
${accessTokenSeconds} s. Meanwhile the dashboard restarted ${restarts.upstream} times and the provider ${restarts.provider} times. Every answer is judged: what
nobody expected fails the run.

${findings.checks.map(({ met, sentence }) => `- ${met ? "" : "**missed:** "}${sentence}`).join("\n")}

The gate answered ${findings.gateRequests} requests and asked the provider for ${findings.refreshes} refreshes; there were ${findings.signIns} sign-ins.

## Answers

${tableOf(findings)}

\`dashboard away\`, \`provider away\`: allowed only while it was. \`signed out\`: a sign-out overtook it. \`1000\` is a socket that its visitor
closed in order, \`4401\` one that the gate closed, \`1006\` and \`broken\` a connection that broke off, \`unreachable\` a page of the provider's own.

## Memory

${memoryTable(findings)}

The gate is ${findings.version}, a process of its own from the build, with default settings and its log at level info. Resident memory is read each
second; the heap some times in the run, right after a collection. ${stallSentence(findings)} Seed ${findings.seed}. Measured ${findings.date} on ${machine()}.

## Repeat it

\`\`\`
npm ci
npm run soak                       # 10 minutes; needs Linux
npm run soak -- --minutes 2        # less
npm run soak -- --seed 7           # other chances
npm run soak -- --write            # and writes this page
\`\`\`

It ends with status 1 when anything above is missed.
`;
}

function stallSentence({ longestStall }: Findings): string {
  const seconds = (longestStall / 1000).toFixed(1);
  return `The process of the visitors, the dashboard and the provider stood still for ${seconds} s at most, for want of a free core.`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => "---"), ...rows];
  return all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

function machine(): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "an unknown processor";
  return `${all.length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
}
