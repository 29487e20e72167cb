/**
 * The counts of requests by method, status and outcome. Apart from the other metrics because every request is counted: a lookup
 * by number and an addition here, and the library's own counter is only filled when somebody reads it.
 */
import { METHODS, STATUS_CODES } from "node:http";
import { Counter, type Registry } from "prom-client";
import type { Outcome } from "../gate/verdict.ts";

export interface Tally {
  add(method: string, status: number, outcome: Outcome): void;
}

interface Cell {
  readonly labels: { readonly method: string; readonly code: string; readonly outcome: string };
  count: number;
}

/** Adds `hermes_gate_http_requests_total` to the registry. A method or status that HTTP does not know is `other`. */
export function createTally(register: Registry): Tally {
  const cells = new Map<string, Map<string, Map<number, Cell>>>();
  const all: Cell[] = [];
  new Counter({
    name: "hermes_gate_http_requests_total",
    help: "Requests and upgrades by how they ended; code 499 is a client that left first.",
    labelNames: ["code", "method", "outcome"],
    registers: [register],
    collect() {
      this.reset();
      for (const { labels, count } of all) this.inc(labels, count);
    },
  });

  function makeCell(method: string, status: number, outcome: Outcome): Cell {
    const known = status === 499 || STATUS_CODES[status] !== undefined;
    const labels = { method, code: known ? String(status) : "other", outcome };
    const cell: Cell = all.find((other) => isSame(other, labels)) ?? { labels, count: 0 };
    if (!all.includes(cell)) all.push(cell);
    return cell;
  }

  function rowOf(method: string, outcome: Outcome): Map<number, Cell> {
    const byMethod = cells.get(outcome) ?? new Map<string, Map<number, Cell>>();
    cells.set(outcome, byMethod);
    const row = byMethod.get(method) ?? new Map<number, Cell>();
    byMethod.set(method, row);
    return row;
  }

  return {
    add(given, status, outcome) {
      const method = knownMethods.has(given) ? given : "other";
      const row = cells.get(outcome)?.get(method) ?? rowOf(method, outcome);
      let cell = row.get(status);
      if (cell === undefined) {
        cell = makeCell(method, status, outcome);
        row.set(status, cell);
      }
      cell.count += 1;
    },
  };
}

const knownMethods: ReadonlySet<string> = new Set(METHODS);

function isSame({ labels }: Cell, other: Cell["labels"]): boolean {
  return (
    labels.code === other.code && labels.method === other.method && labels.outcome === other.outcome
  );
}
