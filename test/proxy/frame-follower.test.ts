import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createFrameFollower } from "../../src/proxy/frame-follower.ts";

interface Frame {
  readonly opcode: number;
  readonly length: number;
  /** Bits of the extended length: 0 for none. */
  readonly extended: 0 | 16 | 64;
  readonly masked: boolean;
}

function bytesOf({ opcode, length, extended, masked }: Frame): Buffer {
  const mark = extended === 0 ? length : extended === 16 ? 126 : 127;
  const head = [0x80 | opcode, (masked ? 0x80 : 0) | mark];
  const size = Buffer.alloc(extended / 8);
  if (extended === 16) size.writeUInt16BE(length);
  if (extended === 64) size.writeBigUInt64BE(BigInt(length));
  // A payload of 0x88 looks like a close frame to whoever loses count.
  return Buffer.concat([Buffer.from(head), size, Buffer.alloc((masked ? 4 : 0) + length, 0x88)]);
}

const frame = fc
  .record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.integer({ min: 0, max: 300 }),
    extended: fc.constantFrom(16 as const, 64 as const),
    masked: fc.boolean(),
  })
  .map((parts): Frame => (parts.length < 126 ? { ...parts, extended: 0 } : parts));

describe("the frame follower", () => {
  it("is at a boundary exactly where frames end, however the bytes are cut", () => {
    const stream = fc.tuple(
      fc.array(frame, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
    );
    fc.assert(
      fc.property(stream, ([frames, cuts]) => {
        const all = Buffer.concat(frames.map(bytesOf));
        const ends = new Set([0]);
        frames.reduce((at, one) => {
          ends.add(at + bytesOf(one).length);
          return at + bytesOf(one).length;
        }, 0);
        const follower = createFrameFollower();
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          const chunk = all.subarray(at, at + cut);
          assert.equal(follower.follow(chunk, false), chunk.length);
          at += chunk.length;
          assert.equal(follower.atBoundary, ends.has(at), `after ${at} bytes`);
        }
        assert.equal(follower.closed, false);
      }),
    );
  });

  it("stops at the first boundary when asked to, and counts nothing behind it", () => {
    const first = bytesOf({ opcode: 1, length: 200, extended: 16, masked: false });
    const follower = createFrameFollower();
    follower.follow(first.subarray(0, 3), false);
    assert.equal(
      follower.follow(Buffer.concat([first.subarray(3), first]), true),
      first.length - 3,
    );
    assert.equal(follower.atBoundary, true);
    assert.equal(follower.follow(first, true), 0);
  });

  it("knows when a close frame has passed", () => {
    const follower = createFrameFollower();
    follower.follow(Buffer.from([0x88, 2, 3, 232]), false);
    assert.equal(follower.closed, true);
    assert.equal(follower.atBoundary, true);
  });

  it("finds no boundary within a frame whose length is beyond all numbers", () => {
    const follower = createFrameFollower();
    follower.follow(Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]), false);
    follower.follow(Buffer.alloc(1_000_000), false);
    assert.equal(follower.atBoundary, false);
  });
});
