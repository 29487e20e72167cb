/** One run: for each upstream it starts the subjects, measures the cases that need them, and stops everything again. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Idp, startIdp } from "../demo/idp.ts";
import type { CaseGroup } from "./cases/index.ts";
import { allClients } from "./clients.ts";
import { watchOthers } from "./cpu.ts";
import { type Measured, measure } from "./measure.ts";
import type { Program } from "./process.ts";
import { columnOf, figure } from "./report/figures.ts";
import { caseTable } from "./report/table.ts";
import type { Settings } from "./settings.ts";
import type { BenchEnvironment, RunningSubject, Subject } from "./subjects/subject.ts";
import { openFileLimit } from "./tools.ts";
import { startEcho } from "./upstreams/echo.ts";
import { startPages } from "./upstreams/pages.ts";

const daySeconds = 24 * 3600;

/** Measures everything; `subjects` are those that this machine has. */
export async function run(
  settings: Settings,
  subjects: readonly Subject[],
  directory: string,
): Promise<readonly Measured[]> {
  const idp = await startIdp({ accessTokenSeconds: daySeconds, clients: allClients });
  try {
    const results: Measured[] = [];
    for (const group of settings.groups) {
      const home = join(directory, group.upstream);
      mkdirSync(home);
      results.push(...(await runGroup(group, { settings, subjects, directory: home, idp })));
    }
    return results;
  } finally {
    await idp.close();
  }
}

interface GroupParts {
  readonly settings: Settings;
  readonly subjects: readonly Subject[];
  readonly directory: string;
  readonly idp: Idp;
}

async function runGroup(
  { upstream, cases }: CaseGroup,
  { settings, subjects, directory, idp }: GroupParts,
): Promise<readonly Measured[]> {
  const programs: Program[] = [];
  try {
    const pages = upstream === "pages";
    const maxConnections = pages ? 4096 : openFileLimit() - 100;
    const behind = pages ? await startPages(directory, maxConnections) : await startEcho(directory);
    programs.push(behind.program);
    const environment: BenchEnvironment = {
      upstream: behind.origin,
      upstreamProgram: behind.program,
      directory,
      idp,
      maxConnections,
    };
    const running = new Map<Subject, RunningSubject>();
    for (const subject of subjects) {
      if (!cases.some(({ needs }) => subject.plays.includes(needs))) continue;
      const started = await subject.start(environment);
      programs.push(started.program);
      running.set(subject, started);
    }
    const results: Measured[] = [];
    for (const benchCase of cases) {
      const players = [...running].filter(([{ plays }]) => plays.includes(benchCase.needs));
      if (players.length === 0) continue;
      console.log(`\n${benchCase.name}: ${benchCase.description}`);
      const result = await measure(benchCase, {
        ...settings,
        environment,
        subjects: new Map(players.map(([{ name }, started]) => [name, started])),
        watchOthers,
        onRound: (round, figures, others) => {
          const samples = new Map([...figures].map(([name, found]) => [name, [found]]));
          const { key, show } = columnOf(benchCase, benchCase.roundKey ?? "cpu");
          const words = [...samples.keys()].map(
            (name) => `${name} ${show(figure({ benchCase, samples }, name, key))}`,
          );
          const busy = `(others kept ${others.toFixed(2)} cores busy)`;
          console.log(`  round ${round}: ${words.join(", ")}  ${busy}`);
        },
      });
      console.log(`\n${caseTable(result)}`);
      results.push(result);
    }
    return results;
  } finally {
    for (const program of programs.toReversed()) await program.stop();
  }
}
