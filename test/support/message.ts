/** One HTTP message off the wire, its head line by line as it was written. */
import type { ByteReader } from "./byte-reader.ts";

export interface Message {
  /** The request or status line. */
  readonly start: string;
  /** The field lines, in order and as spelt. */
  readonly fields: readonly string[];
  readonly body: Buffer;
  /** Field lines after a chunked body. */
  readonly trailers: readonly string[];
  /** All values of a field, whatever its case. */
  values(name: string): readonly string[];
}

/** Reads one message with the framing that its head declares; without any, and no `bodiless`, an answer's body ends with the connection. */
export async function readMessage(
  reader: ByteReader,
  { bodiless = false }: { readonly bodiless?: boolean } = {},
): Promise<Message> {
  const head = (await reader.until("\r\n\r\n")).slice(0, -4);
  const [start = "", ...fields] = head.split("\r\n");
  const values = (name: string) =>
    fields
      .filter((line) => line.slice(0, line.indexOf(":")).toLowerCase() === name.toLowerCase())
      .map((line) => line.slice(line.indexOf(":") + 1).trim());
  const answer = start.startsWith("HTTP/");
  const none = bodiless || (answer && /^HTTP\/1\.[01] (1\d\d|204|304) /.test(start));
  const { body, trailers } = none ? empty : await readBody(reader, answer, values);
  return { start, fields, body, trailers, values };
}

const empty = { body: Buffer.alloc(0), trailers: [] };

async function readBody(
  reader: ByteReader,
  answer: boolean,
  values: (name: string) => readonly string[],
): Promise<{ body: Buffer; trailers: readonly string[] }> {
  if (values("transfer-encoding").length > 0) return readChunks(reader);
  const length = values("content-length")[0];
  if (length !== undefined) return { body: await reader.bytes(Number(length)), trailers: [] };
  return answer ? { body: await reader.rest(), trailers: [] } : empty;
}

async function readChunks(
  reader: ByteReader,
): Promise<{ body: Buffer; trailers: readonly string[] }> {
  const chunks: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt(await reader.until("\r\n"), 16);
    if (size === 0) break;
    chunks.push(await reader.bytes(size));
    await reader.until("\r\n");
  }
  const trailers: string[] = [];
  for (;;) {
    const line = (await reader.until("\r\n")).slice(0, -2);
    if (line === "") return { body: Buffer.concat(chunks), trailers };
    trailers.push(line);
  }
}
