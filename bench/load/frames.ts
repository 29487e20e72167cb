/** WebSocket frames as the load needs them: binary, of zeros, counted and not looked into (RFC 6455, 5.2). */

/** A whole binary message of so many zero bytes. A masked one has the mask zero, which leaves the payload as it is. */
export function frame(payload: number, masked: boolean): Buffer {
  const lengthBytes = payload < 126 ? 0 : payload < 65_536 ? 2 : 8;
  const bytes = Buffer.alloc(2 + lengthBytes + (masked ? 4 : 0) + payload);
  bytes[0] = 0x82;
  bytes[1] = (masked ? 0x80 : 0) | (lengthBytes === 0 ? payload : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) bytes.writeUInt16BE(payload, 2);
  if (lengthBytes === 8) bytes.writeBigUInt64BE(BigInt(payload), 2);
  return bytes;
}

/** Takes the bytes of one direction as they come, and tells the payload's length of each frame that is complete. */
export function createFrameCounter(onFrame: (payload: number) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let payload = 0;
  let missing = 0;

  return (chunk) => {
    let at = 0;
    for (;;) {
      if (missing > 0) {
        const taken = Math.min(missing, chunk.length - at);
        at += taken;
        missing -= taken;
        if (missing > 0) return;
        onFrame(payload);
      }
      if (at === chunk.length) return;
      const bytes =
        header.length === 0 ? chunk.subarray(at) : Buffer.concat([header, chunk.subarray(at)]);
      const head = readHead(bytes);
      if (head === undefined) {
        header = Buffer.from(bytes);
        return;
      }
      at += head.size - header.length;
      header = Buffer.alloc(0);
      payload = head.payload;
      missing = payload;
      if (missing === 0) onFrame(0);
    }
  };
}

function readHead(bytes: Buffer): { readonly size: number; readonly payload: number } | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
  const size = 2 + lengthBytes + (second >= 0x80 ? 4 : 0);
  if (bytes.length < size) return undefined;
  if (lengthBytes === 0) return { size, payload: short };
  return {
    size,
    payload: lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)),
  };
}
