/** Whether a figure stays level: the straight line that fits its samples best, and how much of itself it gained along it. */

export interface Sample {
  /** Seconds from the start of the run. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  readonly mean: number;
  /** Of the fitted line, in units of the value a minute. */
  readonly perMinute: number;
  /** What the line gains from the first sample to the last, as a share of the mean. */
  readonly gain: number;
}

/** Least squares. Fails when there are fewer than two samples, or all of one moment. */
export function trendOf(samples: readonly Sample[]): Trend {
  const mean = average(samples.map(({ value }) => value));
  const middle = average(samples.map(({ at }) => at));
  const spread = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  if (spread === 0 || Number.isNaN(spread)) throw new Error("a trend needs samples of two moments");
  const slope =
    samples.reduce((sum, { at, value }) => sum + (at - middle) * (value - mean), 0) / spread;
  const times = samples.map(({ at }) => at);
  const span = Math.max(...times) - Math.min(...times);
  return { mean, perMinute: slope * 60, gain: (slope * span) / mean };
}

/** The samples from the middle of the run on. */
export function secondHalf(samples: readonly Sample[], seconds: number): readonly Sample[] {
  return samples.filter(({ at }) => at >= seconds / 2 && at <= seconds);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
