import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCopies, type Sink } from "../../src/proxy/copies.ts";

/** Keeps what is written until it is told that it went. */
function slowSink() {
  const kept: Buffer[] = [];
  const done: ((error?: Error | null) => void)[] = [];
  const sink: Sink = {
    write(bytes, callback) {
      kept.push(bytes);
      if (callback !== undefined) done.push(callback);
      return false;
    },
  };
  return { sink, kept, done };
}

const piece = (letter: string, length = 50_000) => Buffer.alloc(length, letter);

/** Bytes that are all the same, in a few words: a difference of 50,000 lines would take minutes to tell. */
const gist = (bytes: Buffer | undefined) =>
  `${bytes?.length} of ${[...new Set(bytes?.toString("latin1"))].join("")}`;

describe("copies of what was read", () => {
  for (const length of [1, 4096, 4097, 65_536, 65_537]) {
    it(`S87: stay what they were when the bytes that were lent change: ${length} of them`, () => {
      const { sink, kept } = slowSink();
      const lent = piece("a", length + 2);
      assert.equal(createCopies().write(sink, lent, 1, length + 1), false);
      lent.fill("b");
      assert.deepEqual(kept.map(gist), [`${length} of a`]);
    });
  }

  it("S87: are apart while they are being written", () => {
    const { sink, kept } = slowSink();
    const copies = createCopies();
    for (const letter of ["a", "b", "c"]) copies.write(sink, piece(letter), 0, 50_000);
    assert.deepEqual(kept.map(gist), ["50000 of a", "50000 of b", "50000 of c"]);
  });

  it("take the memory of one that was written, and of none that met an error", () => {
    const { sink, kept, done } = slowSink();
    const copies = createCopies();
    copies.write(sink, piece("a"), 0, 50_000);
    copies.write(sink, piece("b"), 0, 50_000);
    done[0]?.(new Error("reset"));
    done[1]?.(null);
    copies.write(sink, piece("c"), 0, 20_000);
    copies.write(sink, piece("d"), 0, 20_000);
    const memory = kept.map(({ buffer }) => buffer);
    assert.equal(memory[2], memory[1]);
    assert.equal(new Set(memory).size, 3);
    assert.deepEqual([kept[0], kept[2]].map(gist), ["50000 of a", "20000 of c"]);
  });

  it("S94: keep no more than 64 for later", () => {
    const { sink, kept, done } = slowSink();
    const copies = createCopies();
    for (let at = 0; at < 100; at += 1) copies.write(sink, piece("a"), 0, 50_000);
    for (const callback of done.splice(0)) callback(null);
    for (let at = 0; at < 100; at += 1) copies.write(sink, piece("a"), 0, 50_000);
    assert.equal(new Set(kept.map(({ buffer }) => buffer)).size, 136);
  });
});
