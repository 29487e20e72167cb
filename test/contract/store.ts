/** What every Store must do. Each implementation's test file runs this with a way to open an empty store and to let time pass. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Store } from "../../src/store/contract.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** The same store as another process has it; where there is no other, the store itself. */
  readonly other: Store;
  /** Lets so many milliseconds pass as the store sees them. */
  pass(milliseconds: number): Promise<void> | void;
}

export function storeContract(
  name: string,
  /** Undefined when the test has been skipped, for what the store needs is not here. */
  open: (context: TestContext) => Promise<StoreUnderTest | undefined> | StoreUnderTest | undefined,
): void {
  function check(rule: string, body: (parts: StoreUnderTest) => Promise<void>): void {
    test(`${name}: ${rule}`, async (t) => {
      const parts = await open(t);
      if (parts !== undefined) await body(parts);
    });
  }

  check("gives a value back until its time is over", async ({ store, pass }) => {
    await store.put("key", "value", 200);
    assert.equal(await store.get("key"), "value");
    await pass(200);
    assert.equal(await store.get("key"), undefined);
    assert.equal(await store.take("key"), undefined);
  });

  check("has no value under another key", async ({ store }) => {
    await store.put("key", "value", 1000);
    assert.equal(await store.get("key2"), undefined);
    assert.equal(await store.take("ke"), undefined);
  });

  check("keeps any text byte for byte, the empty one too", async ({ store }) => {
    const texts = ["", "\u0000\n\r", "ü€𝄞", '{"a":"b"}', "x".repeat(20_000)];
    for (const [index, text] of texts.entries()) {
      await store.put(`key${index}`, text, 1000);
      assert.equal(await store.get(`key${index}`), text);
      assert.equal(await store.take(`key${index}`), text);
    }
  });

  check("replaces a value and its time", async ({ store, pass }) => {
    await store.put("key", "first", 100_000);
    await store.put("key", "second", 200);
    assert.equal(await store.get("key"), "second");
    await pass(200);
    assert.equal(await store.get("key"), undefined);
  });

  check("puts a value once where there is none", async ({ store, pass }) => {
    assert.equal(await store.putIfAbsent("key", "first", 200), true);
    assert.equal(await store.putIfAbsent("key", "second", 200), false);
    assert.equal(await store.get("key"), "first");
    await pass(200);
    assert.equal(await store.putIfAbsent("key", "third", 200), true);
    assert.equal(await store.get("key"), "third");
  });

  check("gives a value to one of many that take it at once", async ({ store }) => {
    await store.put("key", "value", 1000);
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.take("key")));
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ["value"],
    );
    assert.equal(await store.get("key"), undefined);
  });

  check("lets one of many put a value at once", async ({ store }) => {
    const puts = Array.from({ length: 50 }, (_, index) =>
      store.putIfAbsent("key", String(index), 1000),
    );
    const winners = (await Promise.all(puts)).flatMap((won, index) => (won ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal(await store.get("key"), String(winners[0]));
  });

  check(
    "gives a value to one of many that take it at once in two processes",
    async ({ store, other }) => {
      for (let round = 0; round < 10; round += 1) {
        await store.put("key", "value", 1000);
        const taken = await Promise.all(
          Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? store : other).take("key")),
        );
        assert.deepEqual(
          taken.filter((value) => value !== undefined),
          ["value"],
        );
      }
    },
  );

  check("lets one of many put a value at once in two processes", async ({ store, other }) => {
    const puts = Array.from({ length: 50 }, (_, index) =>
      (index % 2 === 0 ? store : other).putIfAbsent("key", String(index), 1000),
    );
    const winners = (await Promise.all(puts)).flatMap((won, index) => (won ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal(await other.get("key"), String(winners[0]));
  });

  check("prolongs a value for who knows it", async ({ store, other, pass }) => {
    await store.put("key", "mine", 300);
    assert.equal(await other.prolong("key", "yours", 60_000), false);
    assert.equal(await other.prolong("key", "mine", 60_000), true);
    await pass(300);
    assert.equal(await store.get("key"), "mine");
    assert.equal(await store.prolong("none", "mine", 60_000), false);
  });

  check("deletes a value for who knows it, when it is prolonged by nothing", async ({ store }) => {
    await store.put("key", "mine", 60_000);
    assert.equal(await store.prolong("key", "yours", 0), false);
    assert.equal(await store.get("key"), "mine");
    assert.equal(await store.prolong("key", "mine", 0), true);
    assert.equal(await store.get("key"), undefined);
  });

  for (const keepMs of [0, 60_000]) {
    check(
      `sends a message, kept ${keepMs} ms, to every listener of its channel in both processes`,
      async ({ store, other }) => {
        const heard: string[] = [];
        const { promise: all, resolve } = Promise.withResolvers<void>();
        const note = (who: string) => (message: string) => {
          heard.push(`${who} ${message}`);
          if (heard.length === 3) resolve();
        };
        await store.subscribe("ended", note("first"));
        await store.subscribe("ended", note("second"));
        await other.subscribe("ended", note("third"));
        await other.subscribe("another", note("fourth"));
        await store.publish("ended", "hello", keepMs);
        await all;
        assert.deepEqual(heard.toSorted(), ["first hello", "second hello", "third hello"]);
      },
    );
  }
}
