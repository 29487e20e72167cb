/** Puts measured figures into `docs/binary.md`, between its two marks; the rest of the page is written by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const page = join(import.meta.dirname, "../docs/binary.md");
const [open, close] = ["<!-- figures -->", "<!-- /figures -->"];

export interface Figures {
  readonly target: string;
  readonly bytes: number;
  readonly rounds: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** The goal for the start, in milliseconds. */
const goalMs = 150;

/** Fails when the page has not both marks. */
export function writeFigures(figures: Figures): void {
  const text = readFileSync(page, "utf8");
  const [before, rest] = split(text, open);
  const [, after] = split(rest, close);
  writeFileSync(page, `${before}${open}\n${table(figures)}${close}${after}`);
}

function table({ target, bytes, rounds, wallMs, cpuMs }: Figures): string {
  const met = wallMs <= goalMs ? "met" : "not met";
  const [cpu] = cpus();
  return `
| ${target}, Node ${process.versions.node} | |
| --- | --- |
| size | ${(bytes / 1e6).toFixed(0)} MB |
| start to the first answer, median of ${rounds} | ${wallMs.toFixed(0)} ms (goal ${goalMs} ms: ${met}) |
| processor time until then, median | ${cpuMs.toFixed(0)} ms |
| machine | ${cpus().length} x ${cpu?.model ?? "unknown"} |

`;
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`docs/binary.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
