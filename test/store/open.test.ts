import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { openStore } from "../../src/store/open.ts";
import { testRuntime } from "../support/still-clock.ts";

test("opens the memory store", async () => {
  const store = await openStore("memory", { runtime: testRuntime(), log: silentLog });
  await store.put("key", "value", 1000);
  assert.equal(await store.get("key"), "value");
  assert.equal(store.shared, false);
});
