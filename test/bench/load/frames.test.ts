import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFrameCounter, frame } from "../../../bench/load/frames.ts";

for (const { payload, masked, head } of [
  { payload: 0, masked: false, head: "8200" },
  { payload: 64, masked: true, head: "82c000000000" },
  { payload: 125, masked: false, head: "827d" },
  { payload: 126, masked: false, head: "827e007e" },
  { payload: 65_535, masked: true, head: "82feffff00000000" },
  { payload: 65_536, masked: false, head: "827f0000000000010000" },
]) {
  test(`a message of ${payload} bytes, ${masked ? "masked" : "plain"}, begins with ${head}`, () => {
    const bytes = frame(payload, masked);
    assert.equal(bytes.subarray(0, head.length / 2).toString("hex"), head);
    assert.equal(bytes.length, head.length / 2 + payload);
    assert.ok(bytes.subarray(head.length / 2).every((byte) => byte === 0));
  });
}

test("counts each frame once, however the bytes are cut", () => {
  const messages = fc.array(
    fc.record({ payload: fc.oneof(fc.nat(300), fc.nat(70_000)), masked: fc.boolean() }),
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 });
  fc.assert(
    fc.property(messages, cuts, (all, sizes) => {
      const bytes = Buffer.concat(all.map(({ payload, masked }) => frame(payload, masked)));
      const counted: number[] = [];
      const take = createFrameCounter((payload) => counted.push(payload));
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        take(bytes.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(
        counted,
        all.map(({ payload }) => payload),
      );
    }),
    { numRuns: 60 },
  );
});

test("tells a frame only when its last byte is there", () => {
  const counted: number[] = [];
  const take = createFrameCounter((payload) => counted.push(payload));
  const bytes = frame(64, true);
  take(bytes.subarray(0, -1));
  assert.deepEqual(counted, []);
  take(bytes.subarray(-1));
  assert.deepEqual(counted, [64]);
});
