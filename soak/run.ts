/** One run from the first visitor to the last socket that closed: who comes, what goes away meanwhile, what is looked at after. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createChance } from "./chance.ts";
import { checksOf } from "./checks.ts";
import { gather } from "./crowd.ts";
import { collectedHeap, openSockets, residentBytes } from "./gate-memory.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createOutages, type Outages, type PlannedOutage, planOutages } from "./outages.ts";
import { pause } from "./pause.ts";
import { progressLine, showProgress } from "./progress.ts";
import type { Findings } from "./report.ts";
import { type Memory, watchMemory } from "./sampler.ts";
import { type Stage, startStage } from "./stage.ts";
import { watchStalls } from "./stalls.ts";
import { secondHalf, trendOf } from "./trend.ts";

export interface Settings {
  readonly minutes: number;
  readonly sessions: number;
  readonly seed: number;
  readonly accessTokenSeconds: number;
}

const now = () => performance.now();
const never = new AbortController().signal;

/** What was found. Fails when a part does not start, or the gate's process ends. */
export async function soak(settings: Settings): Promise<Findings> {
  const people = Array.from({ length: settings.sessions }, (_, index) => `visitor-${index + 1}`);
  const outages = createOutages(now);
  const { accessTokenSeconds } = settings;
  const stage = await startStage({ people, accessTokenSeconds, outages });
  let good = false;
  try {
    // The connection that asked whether the gate is up closes meanwhile.
    await pause(5000, never);
    const before = openSockets(stage.gatePid);
    const lived = await liveThrough(stage, settings, people, outages);
    const after = await socketsLeft(stage.gatePid, before);
    const findings = await conclude(stage, settings, { ...lived, sockets: { before, after } });
    good = findings.checks.every(({ met }) => met);
    return findings;
  } finally {
    if (!good) console.log(`the gate's log is kept: ${stage.log}`);
    await stage.close(!good);
  }
}

async function liveThrough(
  stage: Stage,
  settings: Settings,
  names: readonly string[],
  outages: Outages,
) {
  const { gatePid: pid, inspectPort } = stage;
  const length = settings.minutes * 60;
  const startedAt = now();
  const seconds = () => (now() - startedAt) / 1000;
  const controller = new AbortController();
  const over = controller.signal;
  const ledger = createLedger(outages, now);
  const chance = createChance(settings.seed);
  let lost = 0;
  const onLost = () => {
    lost += 1;
  };
  const crowd = gather(
    { stage, ledger, outages, chance, now, over, onLost },
    { names, arriveMs: Math.min(20, length / 8) * 1000, pauseMs: 2000 },
  );
  const memory: Memory = { resident: [], heap: [] };
  const watching = watchMemory(memory, { pid, inspectPort, seconds, heapEvery: length / 24, over });
  const stalls = watchStalls(now, () => outages.wasAway("upstream"));
  const stopShowing = showProgress(() =>
    progressLine({ seconds: seconds(), of: length, ledger, crowd, outages, memory }),
  );
  try {
    const restarts = restart(stage, planOutages(length), seconds, over);
    await Promise.race([Promise.all([restarts, pause(length * 1000, over)]), watching]);
  } finally {
    controller.abort();
    stopShowing();
    stalls.stop();
  }
  await Promise.all([crowd.gone, watching]);
  return { ledger, memory, lost, longestStall: stalls.longest };
}

/** Takes the parts away and back at their times. */
async function restart(
  stage: Stage,
  plan: readonly PlannedOutage[],
  seconds: () => number,
  over: AbortSignal,
): Promise<void> {
  for (const { part, at, lasts } of plan) {
    await pause((at - seconds()) * 1000, over);
    if (over.aborted) return;
    await stage.leave(part);
    await pause(lasts * 1000, over);
    await stage.comeBack(part);
  }
}

/** How many sockets the gate has open when those of the visitors have gone: kept connections take their time, a leak stays. */
async function socketsLeft(pid: number, before: number): Promise<number> {
  const deadline = now() + 30_000;
  while (openSockets(pid) > before && now() < deadline) await pause(250, never);
  return openSockets(pid);
}

interface Lived {
  readonly ledger: Ledger;
  readonly memory: Memory;
  readonly lost: number;
  readonly longestStall: number;
  readonly sockets: Findings["sockets"];
}

async function conclude(
  stage: Stage,
  settings: Settings,
  { ledger, memory, lost, longestStall, sockets }: Lived,
): Promise<Findings> {
  const idleHeap = await collectedHeap(stage.inspectPort);
  const found = {
    resident: trendOf(secondHalf(memory.resident, settings.minutes * 60)),
    heap: trendOf(secondHalf(memory.heap, settings.minutes * 60)),
    idleResident: residentBytes(stage.gatePid) ?? 0,
    idleHeap,
  };
  const metrics = await stage.metrics();
  const rows = ledger.rows();
  const plan = planOutages(settings.minutes * 60);
  const count = (wanted: string) => plan.filter(({ part }) => part === wanted).length;
  const figures = {
    memory: found,
    sockets,
    refreshes: stage.refreshes(),
  };
  return {
    ...settings,
    ...figures,
    longestStall,
    rows,
    gateRequests: metrics.get("hermes_gate_http_requests_total") ?? 0,
    signIns: rows.find(({ act, status }) => act === "sign in" && status === "200")?.count ?? 0,
    restarts: { upstream: count("upstream"), provider: count("provider") },
    checks: checksOf({
      ...figures,
      answers: ledger.total,
      violations: ledger.violations,
      lostSessions: lost,
    }),
    warnings: stage.warnings(),
    told: ledger.told,
    date: new Date().toISOString().slice(0, 10),
    version: versionOfGate(),
  };
}

function versionOfGate(): string {
  const command = join(import.meta.dirname, "../bin/hermes-gate.js");
  return spawnSync(process.execPath, [command, "--version"], { encoding: "utf8" }).stdout.trim();
}
