/**
 * The output of a worker, handed on in whole lines. Workers that wrote to one pipe themselves would tear each other's lines, for the
 * system keeps only short writes together; so each has a pipe of its own, and the primary puts them together.
 */
import type { Readable } from "node:stream";

const newline = 10;
/** Bytes that are kept of a line without an end; a longer one is cut in two (S94). */
const maxLineBytes = 1_048_576;

/** Hands on what comes, each text ending in a newline, also where the writer died in the middle of a line. */
export function forwardLines(stream: Readable, write: (lines: string) => void): void {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;

  function send(rest: Buffer, after: string): void {
    const text = Buffer.concat([...waiting, rest]).toString("utf8");
    waiting = [];
    waitingBytes = 0;
    if (text !== "") write(text + after);
  }

  stream.on("data", (chunk: Buffer) => {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) send(chunk.subarray(0, end), "");
    const rest = chunk.subarray(end);
    if (rest.length === 0) return;
    waiting.push(rest);
    waitingBytes += rest.length;
    if (waitingBytes > maxLineBytes) send(Buffer.alloc(0), "\n");
  });
  stream.on("end", () => send(Buffer.alloc(0), "\n"));
}
