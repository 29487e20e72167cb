/**
 * Takes the chunks of a body apart (RFC 9112, 7.1), whatever pieces they arrive in. It holds nothing back but a trailer, which
 * is as limited as a head. Every byte between the chunks is judged: where two readers could disagree on a chunk's end, the answer is refused (S86).
 */
import { AnswerFault, malformed } from "./answer-fault.ts";
import { parseFields } from "./answer-head.ts";

/** Takes a piece of a body: the bytes from `start` to `end`, which are lent for the call only. */
export type TakeBytes = (bytes: Buffer, start: number, end: number) => void;

export interface ChunkedBody {
  /** Reads on; returns the index of the first byte that is not of this body. Throws AnswerFault. */
  read(bytes: Buffer, start: number, end: number, take: TakeBytes): number;
  readonly ended: boolean;
  /** Flat list of names and values, complete when `ended`. */
  readonly trailers: readonly string[];
}

const NO_TRAILERS: readonly string[] = [];
const carriageReturn = 13;
const lineFeed = 10;

/** Bytes of a chunk's extensions at most: nobody needs them, and they are thrown away. */
const maxExtension = 4096;
/** Hexadecimal digits of a size: 2^52 bytes. */
const maxDigits = 13;

/** `maxTrailer` is in bytes. */
export function createChunkedBody(maxTrailer: number): ChunkedBody {
  let state: "size" | "extension" | "size end" | "data" | "data CR" | "data LF" | "trailer" =
    "size";
  let size = 0;
  let digits = 0;
  let skipped = 0;
  let trailer = "";
  let ended = false;
  let trailers = NO_TRAILERS;

  function readByte(code: number): void {
    switch (state) {
      case "size":
        readSize(code);
        break;
      case "extension":
        skipped += 1;
        if (code === carriageReturn) state = "size end";
        else if (code === lineFeed || skipped > maxExtension)
          throw malformed("a chunk's extension");
        break;
      case "size end":
        if (code !== lineFeed) throw malformed("a chunk's size does not end its line");
        state = size === 0 ? "trailer" : "data";
        break;
      case "data CR":
        if (code !== carriageReturn) throw malformed("a chunk is longer than its size");
        state = "data LF";
        break;
      case "data LF":
        if (code !== lineFeed) throw malformed("a chunk does not end its line");
        state = "size";
        size = 0;
        digits = 0;
        skipped = 0;
        break;
      default:
        readTrailer(code);
    }
  }

  function readSize(code: number): void {
    const digit = hexDigit(code);
    if (digit >= 0) {
      digits += 1;
      if (digits > maxDigits) throw malformed("a chunk's size is too large");
      size = size * 16 + digit;
      return;
    }
    if (digits === 0) throw malformed("a chunk has no size");
    if (code === carriageReturn) state = "size end";
    else if (code === 59 || code === 32 || code === 9) state = "extension";
    else throw malformed("a chunk's size is no number");
  }

  function readTrailer(code: number): void {
    trailer += String.fromCharCode(code);
    if (trailer.length > maxTrailer) {
      throw new AnswerFault("ANSWER_HEAD_TOO_LARGE", "the trailer of the answer is too large");
    }
    if (code !== lineFeed || (trailer !== "\r\n" && !trailer.endsWith("\r\n\r\n"))) return;
    ended = true;
    if (trailer.length > 2) trailers = parseFields(trailer.slice(0, -2), 0);
  }

  return {
    get ended() {
      return ended;
    },
    get trailers() {
      return trailers;
    },
    read(bytes, start, end, take) {
      let at = start;
      while (at < end && !ended) {
        if (state !== "data") {
          readByte(bytes[at] ?? 0);
          at += 1;
          continue;
        }
        const to = Math.min(end, at + size);
        size -= to - at;
        if (size === 0) state = "data CR";
        take(bytes, at, to);
        at = to;
      }
      return at;
    },
  };
}

/** The value of a hexadecimal digit; -1 for any other byte. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
