/**
 * Writes pieces of bodies to the client as copies, in memory that is used again. What a connection reads is lent, and new memory for
 * each read would lie outside V8's heap, which meets so much of it with full collections. A copy comes back when its bytes have been
 * written and in no other way, so that nobody is sent what was another's (S87).
 */

/** What a response is here. */
export interface Sink {
  /** Calls back once, when the bytes are written, or with the error that they met. */
  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean;
}

export interface Copies {
  /** Writes a copy of the bytes from `start` to `end`; returns what the sink does. */
  write(to: Sink, bytes: Buffer, start: number, end: number): boolean;
}

/** Bytes of a read at most; a longer piece gets memory of its own. */
const copyBytes = 65_536;
/** Up to here Node's own pool is cheaper. */
const smallBytes = 4096;
/** 4 MiB: as many as are written at one moment (S94). */
const maxSpare = 64;

export function createCopies(): Copies {
  const spare: Buffer[] = [];

  function writeSpare(to: Sink, bytes: Buffer, start: number, end: number): boolean {
    const whole = spare.pop() ?? Buffer.allocUnsafeSlow(copyBytes);
    bytes.copy(whole, 0, start, end);
    return to.write(whole.subarray(0, end - start), (error) => {
      // After an error it is not known who still reads it.
      if (!error && spare.length < maxSpare) spare.push(whole);
    });
  }

  return {
    write(to, bytes, start, end) {
      const length = end - start;
      if (length > smallBytes && length <= copyBytes) return writeSpare(to, bytes, start, end);
      const copy = Buffer.allocUnsafe(length);
      bytes.copy(copy, 0, start, end);
      return to.write(copy);
    },
  };
}
