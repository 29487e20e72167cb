/** No load at all: looks at the clock without a pause, to find out for how long the machine takes a busy core away. */
import { performance } from "node:perf_hooks";
import { finish, loadOptions } from "./script.ts";

export interface GapsOptions {
  readonly seconds: number;
}

export interface GapsResult {
  /** Of the time, 0 to 1, that went by in gaps of more than half a millisecond. */
  readonly share: number;
  /** The longest, in milliseconds. */
  readonly longest: number;
}

const shortestMs = 0.5;
const { seconds } = loadOptions<GapsOptions>();
const startedAt = performance.now();
const endsAt = startedAt + seconds * 1000;
let away = 0;
let longest = 0;
for (let last = startedAt; last < endsAt; ) {
  const now = performance.now();
  const gap = now - last;
  if (gap > shortestMs) away += gap;
  if (gap > longest) longest = gap;
  last = now;
}
await finish({ share: away / (seconds * 1000), longest } satisfies GapsResult);
