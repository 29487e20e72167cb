/**
 * Gives back the memory of what was read as soon as it has been written. Node reads each piece into up to 64 KiB of its own outside V8's
 * heap; left to the collector, every 64 MB of them cost a full collection, which on busy streams is more than moving the bytes.
 */

/** What the bytes were written to. */
export interface Written {
  /** Bytes that it still has to send. */
  readonly writableLength: number;
}

/**
 * Frees the memory of a piece that nobody but its writer still needs, when `to` has written everything; its length is 0 from then on.
 * Leaves to the collector what is still on its way, and what shares its memory with others, as Node's pool does.
 */
export function freeWritten(piece: Buffer, to: Written): void {
  const { buffer } = piece;
  if (to.writableLength > 0 || piece.length !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
