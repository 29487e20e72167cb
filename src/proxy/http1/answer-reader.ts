/**
 * Reads one answer out of the bytes of a connection, in whatever pieces they come, and tells it as it reads: interim heads, the
 * head, pieces of the body. Apart from the connection, so that where an answer ends can be tried without a socket.
 */
import { AnswerFault } from "./answer-fault.ts";
import { type AnswerHead, parseAnswerHead } from "./answer-head.ts";
import { type ChunkedBody, createChunkedBody, type TakeBytes } from "./chunked-body.ts";

/** Hears what is read. */
export interface AnswerListener {
  onInformation(head: AnswerHead): void;
  onHead(head: AnswerHead): void;
  /** A piece of the body. The bytes are lent: they are others' as soon as this returns. */
  onData: TakeBytes;
}

/** Bytes of a head, or of a trailer, at most. */
const maxHead = 65_536;
/** Interim answers before the final one at most: a few servers send one every some seconds while they work (102). */
const maxInterim = 100;
const NO_TRAILERS: readonly string[] = [];
const headEnd = "\r\n\r\n";

/** Used for one answer after another; a class, since a field of a small object is what the hot path reads. */
export class AnswerReader {
  /** The final head, once it is read. */
  head: AnswerHead | undefined;
  readonly #take: TakeBytes;
  #listener: AnswerListener | undefined;
  #toHead = false;
  #interim = 0;
  #chunks: ChunkedBody | undefined;
  /** Bytes of a counted body that are still to come. */
  #left = 0;
  /** The beginning of a head that came in pieces. */
  #partial: Buffer | undefined;

  constructor() {
    this.#take = (bytes, start, end) => this.#listener?.onData(bytes, start, end);
  }

  /** Makes ready for the answer to the next request; `toHead` says that it was a HEAD. */
  begin(listener: AnswerListener, toHead: boolean): void {
    this.#listener = listener;
    this.#toHead = toHead;
    this.#interim = 0;
    this.head = undefined;
    this.#chunks = undefined;
    this.#partial = undefined;
  }

  /** Stops telling, and lets go of what was read. */
  leave(): void {
    this.#listener = undefined;
    this.head = undefined;
    this.#chunks = undefined;
    this.#partial = undefined;
  }

  /** The answer has been read to its end. Never true while only the connection's end can tell. */
  get ended(): boolean {
    if (this.head === undefined) return false;
    if (this.#chunks !== undefined) return this.#chunks.ended;
    return this.head.framing !== "closing" && this.#left === 0;
  }

  /** Flat list of names and values, complete when `ended`. */
  get trailers(): readonly string[] {
    return this.#chunks?.trailers ?? NO_TRAILERS;
  }

  /**
   * Reads until the answer or the bytes end, or nobody listens any more; returns the index of the first byte that was not
   * read. Throws AnswerFault, or what a listener throws.
   */
  read(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#listener !== undefined && !this.ended) {
      at =
        this.head === undefined ? this.#readHead(bytes, at, end) : this.#readBody(bytes, at, end);
    }
    return at;
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    if (this.#partial !== undefined) return this.#readPartial(this.#partial, bytes, start, end);
    const found = bytes.indexOf(headEnd, start, "latin1");
    // What lies behind `end` is left over from an earlier read.
    if (found === -1 || found + headEnd.length > end) {
      this.#keepPartial(Buffer.from(bytes.subarray(start, end)));
      return end;
    }
    this.#tellHead(bytes.toString("latin1", start, found + 2));
    return found + headEnd.length;
  }

  #readPartial(partial: Buffer, bytes: Buffer, start: number, end: number): number {
    const joined = Buffer.concat([partial, bytes.subarray(start, end)]);
    const found = joined.indexOf(headEnd, Math.max(0, partial.length - 3), "latin1");
    if (found === -1) {
      this.#keepPartial(joined);
      return end;
    }
    this.#partial = undefined;
    this.#tellHead(joined.toString("latin1", 0, found + 2));
    return start + found + headEnd.length - partial.length;
  }

  #keepPartial(partial: Buffer): void {
    if (partial.length > maxHead) throw tooLarge();
    this.#partial = partial;
  }

  #tellHead(text: string): void {
    if (text.length > maxHead) throw tooLarge();
    const head = parseAnswerHead(text, this.#toHead);
    if (head.status === 101) {
      throw new AnswerFault("ANSWER_BROKE_OFF", "the answer switches protocols unasked");
    }
    if (head.status < 200) {
      this.#interim += 1;
      if (this.#interim > maxInterim) {
        throw new AnswerFault("ANSWER_NEVER_FINAL", "more interim answers than anybody needs");
      }
      this.#listener?.onInformation(head);
      return;
    }
    this.head = head;
    this.#left = head.length;
    if (head.framing === "chunked") this.#chunks = createChunkedBody(maxHead);
    this.#listener?.onHead(head);
  }

  #readBody(bytes: Buffer, start: number, end: number): number {
    if (this.#chunks !== undefined) return this.#chunks.read(bytes, start, end, this.#take);
    const to = this.head?.framing === "closing" ? end : Math.min(end, start + this.#left);
    this.#left -= to - start;
    this.#listener?.onData(bytes, start, to);
    return to;
  }
}

function tooLarge(): AnswerFault {
  return new AnswerFault("ANSWER_HEAD_TOO_LARGE", "the head of the answer is too large");
}
