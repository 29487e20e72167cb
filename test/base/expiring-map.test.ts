import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createExpiringMap } from "../../src/base/expiring-map.ts";
import { testRuntime } from "../support/still-clock.ts";

test("gives a value until its expiry and not at it", () => {
  const runtime = testRuntime();
  const map = createExpiringMap<string>(10, runtime.now);
  map.set("key", "value", runtime.now() + 100);
  runtime.pass(99);
  assert.equal(map.get("key"), "value");
  runtime.pass(1);
  assert.equal(map.get("key"), undefined);
  assert.equal(map.take("key"), undefined);
});

test("replaces a value together with its expiry", () => {
  const runtime = testRuntime();
  const map = createExpiringMap<string>(10, runtime.now);
  map.set("key", "first", runtime.now() + 1000);
  map.set("key", "second", runtime.now() + 10);
  assert.equal(map.size, 1);
  assert.equal(map.get("key"), "second");
  runtime.pass(10);
  assert.equal(map.get("key"), undefined);
});

test("gives a taken value once", () => {
  const runtime = testRuntime();
  const map = createExpiringMap<string>(10, runtime.now);
  map.set("key", "value", runtime.now() + 1000);
  assert.equal(map.take("key"), "value");
  assert.equal(map.take("key"), undefined);
  assert.equal(map.size, 0);
});

test("S94: gives up the entry that expires soonest when it is full", () => {
  const runtime = testRuntime();
  const map = createExpiringMap<number>(3, runtime.now);
  map.set("late", 1, runtime.now() + 300);
  map.set("soon", 2, runtime.now() + 100);
  map.set("middle", 3, runtime.now() + 200);
  map.set("new", 4, runtime.now() + 50);
  assert.deepEqual(
    ["late", "soon", "middle", "new"].map((key) => map.get(key)),
    [1, undefined, 3, 4],
  );
});

test("S94: drops what has expired when something is put", () => {
  const runtime = testRuntime();
  const map = createExpiringMap<number>(100, runtime.now);
  for (let index = 0; index < 50; index += 1) map.set(`old${index}`, index, runtime.now() + 10);
  runtime.pass(10);
  map.set("new", 1, runtime.now() + 10);
  assert.equal(map.size, 1);
});

test("behaves as a list that is searched, for any sequence of steps", () => {
  const step = fc.record({
    action: fc.constantFrom("set", "take", "get", "pass"),
    key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    amount: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, cap) => {
      const runtime = testRuntime();
      const map = createExpiringMap<number>(cap, runtime.now);
      let model: { key: string; value: number; expiresAt: number }[] = [];
      const live = () => model.filter((entry) => entry.expiresAt > runtime.now());
      steps.forEach(({ action, key, amount }, value) => {
        const found = live().find((entry) => entry.key === key)?.value;
        if (action === "pass") runtime.pass(amount);
        if (action === "get") assert.equal(map.get(key), found);
        if (action === "take") {
          assert.equal(map.take(key), found);
          model = model.filter((entry) => entry.key !== key);
        }
        if (action !== "set") return;
        // Expiries are made distinct: which of two equal ones goes first is not promised.
        const expiresAt = runtime.now() + amount + value / 1000;
        map.set(key, value, expiresAt);
        model = live().filter((entry) => entry.key !== key);
        if (expiresAt <= runtime.now()) return;
        if (model.length >= cap) {
          const first = Math.min(...model.map((entry) => entry.expiresAt));
          model = model.filter((entry) => entry.expiresAt !== first);
        }
        model.push({ key, value, expiresAt });
      });
      for (const { key, value } of live()) assert.equal(map.get(key), value);
    }),
  );
});
