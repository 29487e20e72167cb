import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryStore } from "../../src/store/memory.ts";
import { storeContract } from "../contract/store.ts";
import { testRuntime } from "../support/still-clock.ts";

storeContract("memory", (t) => {
  const runtime = testRuntime();
  const store = createMemoryStore({ runtime });
  t.after(() => store.close());
  return { store, other: store, pass: runtime.pass };
});

test("S94: holds no more than its capacity and gives up what expires soonest", async () => {
  const store = createMemoryStore({ runtime: testRuntime(), capacity: 2 });
  await store.put("long", "1", 3000);
  await store.put("short", "2", 1000);
  await store.put("new", "3", 2000);
  assert.equal(await store.get("long"), "1");
  assert.equal(await store.get("short"), undefined);
  assert.equal(await store.get("new"), "3");
});

test("forgets everything when it is closed", async () => {
  const store = createMemoryStore({ runtime: testRuntime() });
  await store.put("key", "value", 1000);
  await store.close();
  assert.equal(await store.get("key"), undefined);
});
