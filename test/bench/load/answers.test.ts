import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createAnswerCounter } from "../../../bench/load/answers.ts";

const answer = `HTTP/1.1 200 OK\r\ncontent-length: 17\r\nX: 1\r\n\r\n${"x".repeat(17)}`;

describe("the answers of a connection", () => {
  it("end where their length says, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length), { maxLength: 5 }), (cuts) => {
        const isAnswered = createAnswerCounter();
        for (let turn = 0; turn < 2; turn += 1) {
          const places = [0, ...cuts.toSorted((a, b) => a - b), answer.length];
          const pieces = places.slice(1).map((to, at) => answer.slice(places[at], to));
          const ends = pieces
            .filter((piece) => piece !== "")
            .map((p) => isAnswered(Buffer.from(p)));
          assert.deepEqual(ends, [...ends.slice(1).map(() => false), true]);
        }
      }),
    );
  });

  for (const [what, text] of [
    ["another status", answer.replace("200", "401")],
    ["no length", answer.replace("content-length", "x-length")],
    ["a byte too many", `${answer}x`],
  ] as const) {
    it(`are unexpected with ${what}`, () => {
      assert.throws(() => createAnswerCounter()(Buffer.from(text)), /unexpected: HTTP/);
    });
  }

  it("are unexpected when a later one is longer", () => {
    const isAnswered = createAnswerCounter();
    assert.equal(isAnswered(Buffer.from(answer)), true);
    assert.throws(() => isAnswered(Buffer.from(`${answer}x`)), /unexpected/);
  });
});
