/** What every Store must do. Each implementation's test file runs this with a way to open an empty store and to let time pass. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Store } from "../../src/store/contract.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** Lets so many milliseconds pass as the store sees them. */
  pass(milliseconds: number): Promise<void> | void;
}

export function storeContract(
  name: string,
  open: (context: TestContext) => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  test(`${name}: gives a value back until its time is over`, async (t) => {
    const { store, pass } = await open(t);
    await store.put("key", "value", 200);
    assert.equal(await store.get("key"), "value");
    await pass(200);
    assert.equal(await store.get("key"), undefined);
    assert.equal(await store.take("key"), undefined);
  });

  test(`${name}: has no value under another key`, async (t) => {
    const { store } = await open(t);
    await store.put("key", "value", 1000);
    assert.equal(await store.get("key2"), undefined);
    assert.equal(await store.take("ke"), undefined);
  });

  test(`${name}: keeps any text byte for byte, the empty one too`, async (t) => {
    const { store } = await open(t);
    const texts = ["", "\u0000\n\r", "ü€𝄞", '{"a":"b"}', "x".repeat(20_000)];
    for (const [index, text] of texts.entries()) {
      await store.put(`key${index}`, text, 1000);
      assert.equal(await store.get(`key${index}`), text);
      assert.equal(await store.take(`key${index}`), text);
    }
  });

  test(`${name}: replaces a value and its time`, async (t) => {
    const { store, pass } = await open(t);
    await store.put("key", "first", 100_000);
    await store.put("key", "second", 200);
    assert.equal(await store.get("key"), "second");
    await pass(200);
    assert.equal(await store.get("key"), undefined);
  });

  test(`${name}: puts a value once where there is none`, async (t) => {
    const { store, pass } = await open(t);
    assert.equal(await store.putIfAbsent("key", "first", 200), true);
    assert.equal(await store.putIfAbsent("key", "second", 200), false);
    assert.equal(await store.get("key"), "first");
    await pass(200);
    assert.equal(await store.putIfAbsent("key", "third", 200), true);
    assert.equal(await store.get("key"), "third");
  });

  test(`${name}: gives a value to one of many that take it at once`, async (t) => {
    const { store } = await open(t);
    await store.put("key", "value", 1000);
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.take("key")));
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ["value"],
    );
    assert.equal(await store.get("key"), undefined);
  });

  test(`${name}: lets one of many put a value at once`, async (t) => {
    const { store } = await open(t);
    const puts = Array.from({ length: 50 }, (_, index) =>
      store.putIfAbsent("key", String(index), 1000),
    );
    const winners = (await Promise.all(puts)).flatMap((won, index) => (won ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal(await store.get("key"), String(winners[0]));
  });

  test(`${name}: sends a message to every listener of its channel, the sender's own too`, async (t) => {
    const { store } = await open(t);
    const heard: string[] = [];
    const both = new Promise<void>((resolve) => {
      const note = (who: string) => (message: string) => {
        heard.push(`${who} ${message}`);
        if (heard.length === 2) resolve();
      };
      store.subscribe("ended", note("first"));
      store.subscribe("ended", note("second"));
      store.subscribe("other", note("other"));
    });
    await store.publish("ended", "hello");
    await both;
    assert.deepEqual(heard.toSorted(), ["first hello", "second hello"]);
  });
}
