/**
 * `npm run bench:workers`: how many times one worker's requests two workers serve. Two workers, a client and an upstream want more than
 * the two cores that most machines for tests have, and would take time from each other; so each worker, and the gate with one, runs
 * for a part of the time only and never while another does, which leaves the rest of both cores to client and upstream.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { publicClient, startIdp } from "../demo/idp.ts";
import { browserHeaders } from "./cases/get.ts";
import { watchOthers } from "./cpu.ts";
import type { Program } from "./process.ts";
import { processTree } from "./process-tree.ts";
import { median } from "./statistics.ts";
import { startGate } from "./subjects/gate.ts";
import type { RunningSubject } from "./subjects/subject.ts";
import { requireTools } from "./tools.ts";
import { type Turns, takeTurns } from "./turns.ts";
import { startPages } from "./upstreams/pages.ts";
import { runWrk } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "64" },
  },
});
const goal = 1.7;
const turns: Turns = { periodMs: 20, runMs: 6 };
const maxConnections = 4096;

interface Sample {
  readonly rate: number;
  /** Microseconds of CPU time for a request: of all processes, and of each that serves. */
  readonly cpu: number;
  readonly serving: readonly number[];
}

/** The processes that serve: the children, or the one that there is. */
function servingIn({ program }: RunningSubject): readonly number[] {
  const [root, ...children] = processTree(program.pid).map(({ pid }) => pid);
  if (root === undefined) throw new Error("the gate has ended");
  return children.length === 0 ? [root] : children;
}

const ticksOf = (gate: RunningSubject) =>
  new Map(processTree(gate.program.pid).map(({ pid, ticks }) => [pid, ticks]));

async function measure(gate: RunningSubject): Promise<Sample> {
  const serving = servingIn(gate);
  const before = ticksOf(gate);
  const end = takeTurns(serving, turns);
  try {
    const { requests, seconds } = await runWrk({
      url: `${gate.origin}/small`,
      seconds: Number(values.seconds),
      connections: Number(values.connections),
      headers: { ...browserHeaders, ...gate.credentials },
    });
    const spent = [...ticksOf(gate)].map(
      ([pid, ticks]) => [pid, ((ticks - (before.get(pid) ?? 0)) * 1e4) / requests] as const,
    );
    return {
      rate: requests / seconds,
      cpu: spent.reduce((sum, [, micros]) => sum + micros, 0),
      serving: spent.filter(([pid]) => serving.includes(pid)).map(([, micros]) => micros),
    };
  } finally {
    end();
  }
}

requireTools(["nginx", "wrk"]);
const directory = mkdtempSync(join(tmpdir(), "hermes-gate-bench-"));
const programs: Program[] = [];
const idp = await startIdp({ accessTokenSeconds: 24 * 3600, clients: [publicClient] });
try {
  process.exitCode = (await bench()) >= goal ? 0 : 1;
} finally {
  for (const program of programs.toReversed()) await program.stop();
  await idp.close();
  rmSync(directory, { recursive: true, force: true });
}

async function gateWithWorkers(upstream: string, workers: number): Promise<RunningSubject> {
  const home = join(directory, `workers-${workers}`);
  const env = { HERMES_GATE_WORKERS: String(workers) };
  const gate = await startGate({ upstream, idp, home, env, nodeArguments: [] });
  programs.push(gate.program);
  return gate;
}

/** The median over the rounds of how many times the requests two workers served. */
async function bench(): Promise<number> {
  const upstream = await startPages(directory, maxConnections);
  programs.push(upstream.program);
  const one = await gateWithWorkers(upstream.origin, 1);
  const two = await gateWithWorkers(upstream.origin, 2);
  console.log(
    `Signed-in GETs of 17 bytes over ${values.connections} connections, on ${availableParallelism()} cores. Each worker runs for ` +
      `${turns.runMs} ms of every ${turns.periodMs}, the two in turn, the gate with one as well: so one core at least is ` +
      "always free for wrk, the upstream and the process above the workers.\n",
  );
  const ratios: number[] = [];
  // The first round warms up both, and counts for nothing.
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const othersBusy = watchOthers();
    const [single, double] = [await measure(one), await measure(two)];
    const ratio = double.rate / single.rate;
    if (round === 0) continue;
    ratios.push(ratio);
    const shares = double.serving.map((micros) => `${micros.toFixed(1)}`).join(" + ");
    console.log(
      `round ${round}: ${single.rate.toFixed(0)} and ${double.rate.toFixed(0)} requests a second, ${ratio.toFixed(2)} times; CPU a request ` +
        `${single.cpu.toFixed(1)} µs and ${double.cpu.toFixed(1)} µs (workers ${shares}); others kept ${othersBusy().toFixed(2)} cores busy`,
    );
  }
  const found = median(ratios);
  console.log(
    `\nTwo workers served ${found.toFixed(2)} times one worker's requests a second (median of ${ratios.length}; the goal is ${goal}).`,
  );
  return found;
}
