/**
 * Reads the head of an answer (RFC 9112, 4 to 6): what it says, how long its body is, and whether its connection can be used
 * again. Strict where a lenient reader could be made to see another end of the message than its sender did (S86, S87): one
 * line end, one length, one coding. The names of fields are judged when they are written.
 */
import { malformed } from "./answer-fault.ts";

/** Where the body ends: at once, after `length` bytes, with the last chunk, or with the connection (RFC 9112, 6.3). */
export type Framing = "none" | "counted" | "chunked" | "closing";

export interface AnswerHead {
  readonly status: number;
  /** The words as sent; may be empty. */
  readonly reason: string;
  /** Flat list of names and values, Latin-1, without the white space around values. */
  readonly fields: readonly string[];
  readonly framing: Framing;
  /** Bytes of a counted body, else 0. */
  readonly length: number;
  /** The connection may carry another request when this answer has ended. */
  readonly persistent: boolean;
  /** Milliseconds for which the upstream promises to keep the idle connection, when it says so (RFC 2068, 19.7.1.1). */
  readonly keepAliveMs: number | undefined;
}

/**
 * `text` is the head without its empty line: each line ends in CR LF. `toHead` is true for the answer to a HEAD, which never
 * has a body. Throws AnswerFault on anything that is not an answer of HTTP/1.0 or 1.1.
 */
export function parseAnswerHead(text: string, toHead: boolean): AnswerHead {
  const lineEnd = text.indexOf("\r\n");
  const status = statusOf(text);
  const minor = text.charCodeAt(7) - zero;
  if (!text.startsWith("HTTP/1.") || (minor !== 0 && minor !== 1) || text[8] !== " ") {
    throw malformed("the answer does not begin with HTTP/1.0 or HTTP/1.1");
  }
  if (status < 100 || !isReasonStart(text.charCodeAt(12))) {
    throw malformed("the answer has no status of three digits");
  }
  const fields = parseFields(text, lineEnd + 2);
  const facts = framingFacts(fields);
  const { length, chunked } = facts;
  const bodiless = toHead || status < 200 || status === 204 || status === 304;
  // A 204 that tells a body may well send one, and its bytes would be taken for the next answer (RFC 9110, 8.6).
  const doubtful = status === 204 && (chunked || length > 0);
  const framing = bodiless ? "none" : chunked ? "chunked" : length >= 0 ? "counted" : "closing";
  return {
    status,
    reason: text.slice(13, Math.max(13, lineEnd)),
    fields,
    framing,
    length: framing === "counted" ? length : 0,
    // Chunks in an answer of HTTP/1.0 are read, but the connection's further framing is not to be trusted (RFC 9112, 6.1).
    persistent:
      framing !== "closing" &&
      !doubtful &&
      (minor === 1 ? !facts.close : facts.keepAlive && !chunked),
    keepAliveMs: facts.keepAliveMs,
  };
}

/** The three digits of the status; -1 where one is none. */
function statusOf(text: string): number {
  let status = 0;
  for (let at = 9; at < 12; at += 1) {
    const digit = text.charCodeAt(at) - zero;
    if (!(digit >= 0 && digit <= 9)) return -1;
    status = status * 10 + digit;
  }
  return status;
}

/** The fields of a head or a trailer from `start` on, as a flat list. Throws AnswerFault on a line that is none. */
export function parseFields(text: string, start: number): string[] {
  if (noFieldText.test(text)) throw malformed("the answer's header holds a control character");
  const fields: string[] = [];
  for (let at = start; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const colon = text.indexOf(":", at);
    if (colon <= at || colon > end) throw malformed("a line of the answer's header is no field");
    if (isBlank(text.charCodeAt(at))) throw malformed("a field of the answer is folded");
    if (isBlank(text.charCodeAt(colon - 1))) throw malformed("a field's name ends in white space");
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(text.charCodeAt(from))) from += 1;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
    fields.push(text.slice(at, colon), text.slice(from, to));
    at = end + 2;
  }
  return fields;
}

interface FramingFacts {
  /** -1 when there is none. */
  length: number;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  keepAliveMs: number | undefined;
}

function framingFacts(fields: readonly string[]): FramingFacts {
  const facts: FramingFacts = {
    length: -1,
    chunked: false,
    close: false,
    keepAlive: false,
    keepAliveMs: undefined,
  };
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    // The four names that matter have three lengths: most fields are passed by without a look at their letters.
    if (name.length !== 10 && name.length !== 14 && name.length !== 17) continue;
    note(facts, name.toLowerCase(), fields[at + 1] ?? "");
  }
  if (facts.chunked && facts.length >= 0) {
    throw malformed("the answer has a Content-Length and a Transfer-Encoding");
  }
  return facts;
}

function note(facts: FramingFacts, name: string, value: string): void {
  switch (name) {
    case "content-length":
      if (facts.length >= 0) throw malformed("the answer has two Content-Length fields");
      facts.length = lengthOf(value);
      break;
    case "transfer-encoding":
      // Nobody asked for another coding, and passing the body on without its name would spoil it.
      if (facts.chunked || value.toLowerCase() !== "chunked") {
        throw malformed("the answer's Transfer-Encoding is not chunked");
      }
      facts.chunked = true;
      break;
    case "connection":
      // As nearly everybody says it.
      if (value === "keep-alive") {
        facts.keepAlive = true;
        break;
      }
      for (const option of value.toLowerCase().split(",")) {
        if (option.trim() === "close") facts.close = true;
        else if (option.trim() === "keep-alive") facts.keepAlive = true;
      }
      break;
    case "keep-alive": {
      const seconds = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,6})/i.exec(value)?.[1];
      if (seconds !== undefined) facts.keepAliveMs = Number(seconds) * 1000;
      break;
    }
  }
}

/** Up to 15 digits and nothing else: no sign, no list, no number that a double could not hold. */
function lengthOf(value: string): number {
  let length = 0;
  for (let at = 0; at < value.length; at += 1) {
    const digit = value.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) throw noLength();
    length = length * 10 + digit;
  }
  if (value === "" || value.length > 15) throw noLength();
  return length;
}

function noLength(): Error {
  return malformed("the answer's Content-Length is no number");
}

/** What no head holds: control characters but the tab, and half a line end (RFC 9110, 5.5; RFC 9112, 2.2). */
const noFieldText = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|(?<!\r)\n/;

const zero = 48;
const space = 32;
const tab = 9;
const carriageReturn = 13;

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

/** After the status come a space and the words, or nothing: many a server leaves out the space with the words. */
function isReasonStart(code: number): boolean {
  return code === space || code === carriageReturn;
}
