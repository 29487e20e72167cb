import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { forwardLines } from "../../src/workers/lines.ts";

/** What is handed on of these pieces. */
async function forwarded(pieces: readonly Buffer[]): Promise<readonly string[]> {
  const stream = new PassThrough();
  const texts: string[] = [];
  forwardLines(stream, (lines) => texts.push(lines));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await once(stream, "end");
  return texts;
}

test("hands on whole lines alone, byte for byte, wherever the pieces were cut", async () => {
  const text = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", "")));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40)), async (lines, cuts) => {
      const whole = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const pieces: Buffer[] = [];
      let at = 0;
      for (const cut of [...cuts, whole.length]) {
        pieces.push(whole.subarray(at, at + cut));
        at += cut;
      }
      const texts = await forwarded(pieces);
      assert.ok(texts.every((part) => part.endsWith("\n")));
      assert.equal(texts.join(""), whole.toString());
    }),
  );
});

test("a line that its writer did not finish ends with the stream", async () => {
  assert.deepEqual(await forwarded([Buffer.from("one\ntwo")]), ["one\n", "two\n"]);
});

test("S94: a line without end is broken after a mebibyte", async () => {
  const texts = await forwarded(Array.from({ length: 40 }, () => Buffer.alloc(65_536, "a")));
  assert.ok(texts.length >= 2);
  assert.ok(texts.every((part) => part.length <= 1_048_576 + 65_536 + 1));
});
