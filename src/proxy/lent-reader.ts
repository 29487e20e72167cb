/**
 * Reads the upstream's side of tunnels into buffers that are used again. Node gives each read 64 KiB of its own, and V8 meets so
 * much memory outside its heap with full collections, one every 64 MB: on busy sockets those cost more than moving the bytes.
 * Small reads share one buffer and are copied out of it; a socket that has much to say is lent one, whose bytes go on as
 * they are. Few are lent at a time (S94): ten thousand sockets that were busy once must not each keep theirs.
 */
import type { OnReadOpts, Socket } from "node:net";

/** Takes bytes that are lent for the call. Returns true when they are still in use afterwards, as in a write under way. */
export type TakeLent = (bytes: Buffer) => boolean;

export interface LentReader {
  /** Opens the socket with what makes it read this way; where it cannot, as for TLS, its bytes come as the stream's data. */
  connect(open: (onread: OnReadOpts | undefined) => Socket): Socket;
  /** From here on bytes go to `take`. Until then they are the stream's. */
  divert(take: TakeLent): void;
}

export interface LentReaders {
  create(): LentReader;
  /** Buffers that are lent just now. */
  readonly lent: number;
}

const readBytes = 65_536;
/** A read of so many bytes is a large one: below, copying costs less than what it would avoid. */
const bulkBytes = 16_384;
/** So many small reads in a row end a loan. */
const quietReads = 32;
/** 16 MiB. */
const maxLent = 256;

export function createLentReaders(): LentReaders {
  // Windows reads ahead into the buffer, so that no two sockets may have the same one.
  const usable = process.platform !== "win32";
  const shared = Buffer.allocUnsafeSlow(usable ? readBytes : 0);
  let lent = 0;

  function create(): LentReader {
    let own: Buffer | undefined;
    let inUse = false;
    let smallReads = 0;
    let take: TakeLent | undefined;

    function borrow(): void {
      if (lent === maxLent) return;
      lent += 1;
      own = Buffer.allocUnsafeSlow(readBytes);
    }

    function giveBack(): void {
      if (own === undefined) return;
      lent -= 1;
      own = undefined;
    }

    /** What the next read goes to: never bytes that somebody still has to send. */
    function nextBuffer(): Buffer {
      if (own !== undefined && inUse) own = Buffer.allocUnsafeSlow(readBytes);
      inUse = false;
      return own ?? shared;
    }

    function onRead(socket: Socket, count: number): boolean {
      const bytes = (own ?? shared).subarray(0, count);
      if (take === undefined) return socket.push(Buffer.from(bytes));
      smallReads = count < bulkBytes ? smallReads + 1 : 0;
      if (own === undefined) {
        take(Buffer.from(bytes));
        if (smallReads === 0) borrow();
      } else {
        inUse = take(bytes);
        if (smallReads >= quietReads) giveBack();
      }
      return true;
    }

    return {
      connect(open) {
        if (!usable) return open(undefined);
        const callback = (count: number): boolean => onRead(socket, count);
        const socket = open({ buffer: nextBuffer, callback });
        return socket.once("close", giveBack);
      },
      divert(next) {
        take = next;
      },
    };
  }

  return {
    create,
    get lent() {
      return lent;
    },
  };
}
