import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freeWritten } from "../../src/proxy/free-written.ts";

const written = { writableLength: 0 };

describe("a piece that was read", () => {
  it("gives its memory back once all is written", () => {
    const piece = Buffer.allocUnsafeSlow(65_536);
    const { buffer } = piece;
    freeWritten(piece, written);
    assert.deepEqual([piece.length, buffer.byteLength], [0, 0]);
  });

  it("S87: keeps it while any byte is on its way", () => {
    const piece = Buffer.from(new TextEncoder().encode("on its way").buffer);
    freeWritten(piece, { writableLength: 1 });
    assert.equal(piece.toString(), "on its way");
  });

  for (const [what, from, to] of [
    ["the beginning", 0, 9],
    ["the end", 1, 10],
  ] as const) {
    it(`S87: keeps it when it is only ${what} of what others may have`, () => {
      const all = Buffer.from(new TextEncoder().encode("all of one").buffer);
      freeWritten(all.subarray(from, to), written);
      assert.equal(all.toString(), "all of one");
    });
  }

  it("S87: keeps what came from Node's pool", () => {
    const [first, second] = [Buffer.from("first"), Buffer.from("second")];
    freeWritten(first, written);
    assert.deepEqual([first.toString(), second.toString()], ["first", "second"]);
  });

  it("is nothing to worry about when it is shared memory or empty", () => {
    const shared = Buffer.from(new SharedArrayBuffer(8));
    freeWritten(shared, written);
    assert.equal(shared.length, 8);
    freeWritten(Buffer.alloc(0), written);
  });
});
