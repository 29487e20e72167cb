/** `npm run bench`: starts the upstream and every subject, runs every case against each, prints tables, checks targets. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allCases } from "./cases/index.ts";
import { watchOthers } from "./cpu.ts";
import { measure } from "./measure.ts";
import { type CaseResult, caseTable, page, type RunFacts, targetResults } from "./report.ts";
import { allSubjects } from "./subjects/index.ts";
import type { RunningSubject } from "./subjects/subject.ts";
import { requireTools, versionLine } from "./tools.ts";
import { startUpstream } from "./upstream.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    only: { type: "string", default: "" },
    "node-arg": { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
  },
});

const only = values.only === "" ? [] : values.only.split(",");
const subjects = allSubjects(values["node-arg"]).filter(
  ({ name }) => only.length === 0 || only.includes(name),
);
if (subjects.length === 0) throw new Error(`--only names no subject: ${values.only}`);

requireTools(["nginx", "wrk"]);
const directory = mkdtempSync(join(tmpdir(), "hermes-gate-bench-"));
const stops: (() => Promise<void>)[] = [];
try {
  const met = await bench();
  process.exitCode = met ? 0 : 1;
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(directory, { recursive: true, force: true });
}

/** The whole run; true when every target was met. */
async function bench(): Promise<boolean> {
  const upstream = await startUpstream(directory);
  stops.push(upstream.stop);
  const running = new Map<string, RunningSubject>();
  const versions = new Map<string, string>();
  for (const subject of subjects) {
    const started = await subject.start({ upstream: upstream.origin, directory });
    stops.push(started.stop);
    running.set(subject.name, started);
    versions.set(subject.name, await subject.version());
  }
  const settings = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
  };
  const results: CaseResult[] = [];
  for (const benchCase of allCases) {
    console.log(`\n${benchCase.name}: ${benchCase.description}`);
    const { samples, disturbed } = await measure(benchCase, running, {
      ...settings,
      watchOthers,
      onRound: (round, found, others) => {
        const figures = [...found].map(
          ([name, { cpuMicros }]) => `${name} ${cpuMicros.toFixed(1)} µs`,
        );
        const disturbed = `  (others kept ${others.toFixed(2)} cores busy)`;
        console.log(`  round ${round}: ${figures.join(", ")}${disturbed}`);
      },
    });
    results.push({ benchCase, samples, disturbed });
    console.log(`\n${caseTable({ benchCase, samples, disturbed })}`);
  }
  const targets = results.flatMap(targetResults);
  console.log(`\n${targets.map(({ sentence }) => sentence).join("\n")}`);
  if (values.write) {
    const wrk = (await versionLine("wrk", ["-v"])).replace(/ Copyright.*/, "");
    const date = new Date().toISOString().slice(0, 10);
    const facts: RunFacts = { subjects, versions, ...settings, wrk, date };
    writeFileSync(join(import.meta.dirname, "../docs/performance.md"), page(facts, results));
  }
  return targets.every(({ met }) => met);
}
