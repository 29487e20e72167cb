/**
 * Follows the WebSocket frames from the upstream to the client by their headers alone, so that the gate knows where a close
 * frame of its own may stand: between two frames, inside a fragmented message too (RFC 6455, 5.4), and nowhere else. It
 * keeps a few numbers and no byte, so that it costs next to nothing on a stream of large frames.
 */

export interface FrameFollower {
  /** Counts the chunk as passed on, up to its end or, with `stop`, up to the first frame boundary. Returns the bytes counted. */
  follow(chunk: Uint8Array, stop: boolean): number;
  /** No frame is under way. */
  readonly atBoundary: boolean;
  /** A close frame has passed: no frame may follow it (RFC 6455, 5.5.1). */
  readonly closed: boolean;
}

const OPCODE = 0x0f;
const CLOSE = 0x8;
const MASKED = 0x80;
const LENGTH = 0x7f;

/** Parts of a frame: first byte, second byte, extended length, payload (with the mask of a peer that breaks the rules). */
type Part = "first" | "second" | "length" | "payload";

export function createFrameFollower(): FrameFollower {
  let part: Part = "first";
  let lengthBytes = 0;
  let mask = 0;
  let remaining = 0;
  let closed = false;

  function enterPayload(length: number): void {
    remaining = length + mask;
    part = remaining === 0 ? "first" : "payload";
  }

  function takeHeaderByte(byte: number): void {
    if (part === "first") {
      if ((byte & OPCODE) === CLOSE) closed = true;
      part = "second";
      return;
    }
    if (part === "second") {
      mask = (byte & MASKED) === 0 ? 0 : 4;
      const length = byte & LENGTH;
      if (length < 126) {
        enterPayload(length);
        return;
      }
      lengthBytes = length === 126 ? 2 : 8;
      remaining = 0;
      part = "length";
      return;
    }
    // Beyond 2^53 the number is inexact; no such frame ever ends, so no boundary is missed.
    remaining = remaining * 256 + byte;
    lengthBytes -= 1;
    if (lengthBytes === 0) enterPayload(remaining);
  }

  return {
    get atBoundary() {
      return part === "first";
    },
    get closed() {
      return closed;
    },
    follow(chunk, stop) {
      let at = 0;
      while (at < chunk.length) {
        if (stop && part === "first") return at;
        if (part !== "payload") {
          takeHeaderByte(chunk[at] ?? 0);
          at += 1;
          continue;
        }
        const taken = Math.min(remaining, chunk.length - at);
        at += taken;
        remaining -= taken;
        if (remaining === 0) part = "first";
      }
      return at;
    },
  };
}
