/** `npm run bench`: measures the gate and its rivals side by side, prints tables, judges the goals, and writes the page. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GapsOptions, GapsResult } from "./load/gaps.ts";
import { runLoad } from "./load/load.ts";
import { goalResults } from "./report/figures.ts";
import { page } from "./report/page.ts";
import { run } from "./run.ts";
import { readSettings } from "./settings.ts";
import { requireTools, versionLine } from "./tools.ts";

const settings = readSettings(process.argv.slice(2));
requireTools(["nginx", "wrk"]);

const looked = settings.subjects.map((subject) => ({ subject, why: subject.missing?.() }));
const absent = looked.flatMap(({ subject: { name }, why }) =>
  why === undefined ? [] : [{ name, why: why.replaceAll(/\s+/g, " ") }],
);
const subjects = looked.filter(({ why }) => why === undefined).map(({ subject }) => subject);
announce();

const directory = mkdtempSync(join(tmpdir(), "hermes-gate-bench-"));
try {
  const gaps = await runLoad<GapsResult>("gaps", { seconds: 5 } satisfies GapsOptions);
  const results = await run(settings, subjects, directory);
  const goals = results.flatMap(goalResults);
  console.log(`\n${goals.map(({ sentence }) => sentence).join("\n")}`);
  announce();
  if (settings.write) {
    const facts = {
      ...settings,
      subjects: subjects.map((subject) => ({ ...subject, version: subject.version() })),
      absent,
      gaps,
      wrk: versionLine("wrk", ["-v"]).replace(/ Copyright.*/, ""),
      date: new Date().toISOString().slice(0, 10),
    };
    const file = join(import.meta.dirname, "../docs/performance.md");
    writeFileSync(file, page(facts, results));
  }
  process.exitCode = goals.some(({ met }) => met === false) ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** A rival that did not take part must not go unnoticed. */
function announce(): void {
  for (const { name, why } of absent) console.log(`\n!! NOT MEASURED: ${name}: ${why}`);
}
