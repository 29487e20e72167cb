/** The figures that many cases have. Costs are lower quartiles, since disturbance only ever adds to them; the rest are medians. */
import { lowerQuartile, median } from "../statistics.ts";
import type { Column } from "./case.ts";

const fixed =
  (digits: number, unit: string) =>
  (value: number): string =>
    `${value.toFixed(digits)}${unit}`;

export const count = fixed(0, "");
export const micros = fixed(1, " µs");
export const millis = fixed(2, " ms");
export const megabytes = fixed(1, " MB");

/** `requests`, `messages` or `MB` a second. */
export function rate(unit: string): Column {
  return { key: "rate", title: `${unit}/s`, pick: median, show: count };
}

/** CPU time of the whole process tree for one unit. */
export function cpu(unit: string): Column {
  return { key: "cpu", title: `CPU a ${unit}`, pick: lowerQuartile, show: micros };
}

export const p50: Column = { key: "p50", title: "median", pick: median, show: millis };
export const p99: Column = { key: "p99", title: "p99", pick: median, show: millis };

/**
 * Where each round is short and a machine may take the core away for longer than anybody here takes, the lower quartile: that
 * only ever adds too.
 */
export const undisturbedP99: Column = { ...p99, pick: lowerQuartile };

/** Memory of the whole process tree right after the load. */
export const memory: Column = { key: "memory", title: "memory", pick: median, show: megabytes };
