/** Keys and metadata that outlive an outage, without asking more often than they may. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { createCached } from "../../src/provider/cached.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A source whose answer is told each time: loads wait for `answer` or `fail`. */
function createSource() {
  let nowMs = 1_000_000;
  const waiting: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const stale: unknown[] = [];
  let loads = 0;
  const cached = createCached<string>({
    runtime: { now: () => nowMs, randomBytes: nodeRuntime.randomBytes },
    freshMs: 10 * minute,
    load: () => {
      loads += 1;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    onStale: (error) => stale.push(error),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    cached,
    stale,
    loads: () => loads,
    advance: (ms: number) => {
      nowMs += ms;
    },
    answer: async (value: string) => {
      waiting.shift()?.resolve(value);
      await settled();
    },
    fail: async (message: string) => {
      waiting.shift()?.reject(new Error(message));
      await settled();
    },
    settled,
  };
}

async function filled() {
  const source = createSource();
  const first = source.cached.get();
  await source.answer("one");
  assert.equal(await first, "one");
  return source;
}

test("S96: many callers share one load", async () => {
  const source = createSource();
  const calls = Array.from({ length: 20 }, () => source.cached.get());
  await source.answer("one");
  assert.deepEqual(await Promise.all(calls), Array(20).fill("one"));
  assert.equal(source.loads(), 1);
});

test("serves a fresh value without asking", async () => {
  const source = await filled();
  source.advance(10 * minute - 1);
  assert.equal(await source.cached.get(), "one");
  assert.equal(source.loads(), 1);
});

test("serves a stale value at once and loads behind the caller's back", async () => {
  const source = await filled();
  source.advance(10 * minute);
  assert.equal(await source.cached.get(), "one");
  assert.equal(source.loads(), 2);
  await source.answer("two");
  assert.equal(await source.cached.get(), "two");
});

test("S96: keeps the last good value through a day of failures, asking every 30 s at most", async () => {
  const source = await filled();
  source.advance(10 * minute);
  await source.cached.get();
  await source.fail("down");
  assert.equal(source.stale.length, 1);
  source.advance(29_999);
  assert.equal(await source.cached.get(), "one");
  assert.equal(source.loads(), 2);
  source.advance(1);
  assert.equal(await source.cached.get(), "one");
  assert.equal(source.loads(), 3);
  await source.fail("down");
  source.advance(23 * hour);
  assert.equal(await source.cached.get(), "one");
});

test("does not serve a value of more than a day", async () => {
  const source = await filled();
  source.advance(24 * hour);
  const call = source.cached.get();
  await source.settled();
  const refused = assert.rejects(call, /down/);
  await source.fail("down");
  await refused;
});

test("without a value asks again after a second, and fails alike until then", async () => {
  const source = createSource();
  const first = assert.rejects(source.cached.get(), /down/);
  await source.fail("down");
  await first;
  source.advance(999);
  await assert.rejects(source.cached.get(), /down/);
  assert.equal(source.loads(), 1);
  source.advance(1);
  const next = source.cached.get();
  await source.answer("one");
  assert.equal(await next, "one");
});

test("S96: renews once in 30 s, shared", async () => {
  const source = await filled();
  assert.equal(await source.cached.renew(), false, "the first load was just now");
  source.advance(30_000);
  const calls = [source.cached.renew(), source.cached.renew(), source.cached.renew()];
  await source.answer("two");
  assert.deepEqual(await Promise.all(calls), [true, true, true]);
  assert.equal(await source.cached.renew(), false);
  assert.equal(source.loads(), 2);
  assert.equal(await source.cached.get(), "two");
});

test("S113: a renewal that failed is told as a failure for 30 s, not as an answer", async () => {
  const source = await filled();
  source.advance(30_000);
  const call = assert.rejects(source.cached.renew(), /down/);
  await source.fail("down");
  await call;
  source.advance(29_999);
  await assert.rejects(source.cached.renew(), /down/);
  assert.equal(source.loads(), 2);
  assert.equal(await source.cached.get(), "one");
});
