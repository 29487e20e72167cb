/** A load: very many requests at one moment, some for each of many sessions, each on its own connection. */
import { Agent, get } from "node:http";
import { performance } from "node:perf_hooks";
import { percentile } from "../statistics.ts";
import { finish, loadOptions } from "./script.ts";

export interface StormOptions {
  readonly url: string;
  /** The cookies of each session. */
  readonly cookies: readonly string[];
  /** Requests of each. */
  readonly each: number;
}

export interface StormResult {
  /** Answers of 200. */
  readonly good: number;
  /** Milliseconds to the last answer, and to half and 99 of a hundred of them. */
  readonly whole: number;
  readonly p50: number;
  readonly p99: number;
}

const { url, cookies, each } = loadOptions<StormOptions>();
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
const times: number[] = [];
let good = 0;
const startedAt = performance.now();
await Promise.all(
  Array.from({ length: each }, () => cookies)
    .flat()
    .map(ask),
);
await finish({
  good,
  whole: performance.now() - startedAt,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
} satisfies StormResult);

function ask(cookie: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { cookie } }, (answer) => {
      if (answer.statusCode === 200) good += 1;
      answer.resume();
      answer.once("end", () => {
        times.push(performance.now() - startedAt);
        resolve();
      });
    });
    request.once("error", reject);
  });
}
