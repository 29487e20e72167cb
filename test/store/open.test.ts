import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../../src/store/open.ts";
import { testRuntime } from "../support/still-clock.ts";

test("opens the memory store", async () => {
  const store = openStore("memory", testRuntime());
  await store.put("key", "value", 1000);
  assert.equal(await store.get("key"), "value");
});

test("refuses a name that it does not know, with the mend", () => {
  assert.throws(() => openStore("disk", testRuntime()), {
    message: '"store" must be memory, got "disk". Leave the setting out or set it to memory',
  });
});

test("S101: does not repeat what follows the scheme of an address", () => {
  assert.throws(
    () => openStore("mystore://user:sesame@host", testRuntime()),
    (error: Error) => {
      assert.match(error.message, /got a mystore: address/);
      assert.doesNotMatch(error.message, /sesame/);
      return true;
    },
  );
});
