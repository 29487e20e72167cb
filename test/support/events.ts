/** Reads an event stream (HTML, 9.2) as it arrives, and notes when. */
import type { IncomingMessage } from "node:http";

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** Milliseconds, for differences only. */
  readonly at: number;
}

/** The first `count` events; then the stream is cut. Fewer when the stream ends before. */
export async function readEvents(stream: IncomingMessage, count: number): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  let rest = "";
  for await (const text of stream.setEncoding("utf8")) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const made = readBlock(block);
      if (made.data !== "") events.push(made);
    }
    if (events.length >= count) break;
  }
  return events.slice(0, count);
}

function readBlock(block: string): ServerEvent {
  const field = (name: string): string =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim())
      .join("\n");
  return { event: field("event"), data: field("data"), at: performance.now() };
}
