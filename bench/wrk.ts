/** Runs wrk and reads its report. Any error or refusal in it makes the run void: a fast 401 is no result. */
import { spawn } from "node:child_process";

export interface WrkRun {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** Fails when wrk does, and when an answer was not 2xx or a socket broke. */
export async function runWrk(run: WrkRun): Promise<WrkResult> {
  const headers = Object.entries(run.headers).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  const report = await outputOf("wrk", [
    ...["-t", "1", "-c", String(run.connections), "-d", `${run.seconds}s`, "--latency"],
    ...headers,
    run.url,
  ]);
  const refused = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(report)?.[0];
  if (refused !== undefined) throw new Error(`${run.url}: ${refused}`);
  const [, requests, seconds, unit] = /(\d+) requests in ([\d.]+)(s|m)/.exec(report) ?? [];
  if (requests === undefined || seconds === undefined) {
    throw new Error(`wrk's report is not understood: ${report}`);
  }
  return {
    requests: Number(requests),
    seconds: Number(seconds) * (unit === "m" ? 60 : 1),
    p50: latency(report, "50%"),
    p99: latency(report, "99%"),
  };
}

const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

function latency(report: string, percentile: string): number {
  const [, value, unit = ""] = new RegExp(`${percentile}\\s+([\\d.]+)(us|ms|s)`).exec(report) ?? [];
  const factor = milliseconds[unit];
  if (value === undefined || factor === undefined)
    throw new Error(`no ${percentile} in: ${report}`);
  return Number(value) * factor;
}

function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ended with ${code}: ${text}`));
    });
  });
}
