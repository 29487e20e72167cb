import assert from "node:assert/strict";
import { test } from "node:test";
import type { Runtime } from "../../src/base/runtime.ts";
import { type Store, StoreUnavailable } from "../../src/store/contract.ts";
import { createDistantMemory } from "../../src/store/distant-memory.ts";
import { createSharedMemory, type SharedMemory } from "../../src/store/shared-memory.ts";
import { storeContract } from "../contract/store.ts";
import { testRuntime } from "../support/still-clock.ts";

interface Process {
  readonly store: Store;
  /** The process ends. */
  end(): void;
}

/** A process of its own as far as the store is concerned: what is said is copied, and arrives in a later turn, in order. */
function join(memory: SharedMemory): Process {
  const later = <T>(hear: (message: T) => void) => {
    return (message: T) => void setImmediate(hear, structuredClone(message));
  };
  const member = memory.join(later((news) => distant.news(news)));
  const asked = later<[number, Parameters<typeof member.answer>[0]]>(async ([id, request]) => {
    const answer = await member.answer(request);
    later(() => distant.answered(id, answer))(undefined);
  });
  const distant = createDistantMemory({ send: (id, request) => asked([id, request]) });
  return { store: distant.store, end: member.leave };
}

function start(options: { readonly runtime?: Runtime; readonly maxKept?: number } = {}) {
  const memory = createSharedMemory({ runtime: testRuntime(), ...options });
  return { join: () => join(memory) };
}

storeContract("the memory of another process", (t) => {
  const runtime = testRuntime();
  const { join } = start({ runtime });
  const [{ store }, { store: other }] = [join(), join()];
  t.after(() => Promise.all([store.close(), other.close()]));
  return { store, other, pass: runtime.pass };
});

/** What a process that joins now hears of the channel. */
async function heardBy({ store }: Process, channel = "ended"): Promise<readonly string[]> {
  const heard: string[] = [];
  await store.subscribe(channel, (message) => heard.push(message));
  return heard;
}

test("S68: a process that joins hears what was kept, before its subscription resolves, and nothing else", async () => {
  const runtime = testRuntime();
  const { join } = start({ runtime });
  const { store } = join();
  await store.publish("ended", "short", 1000);
  for (let index = 0; index < 2500; index += 1) await store.publish("ended", `${index}`, 60_000);
  await store.publish("ended", "not kept", 0);
  await store.publish("another", "elsewhere", 60_000);
  runtime.pass(1000);

  const heard = await heardBy(join());

  assert.deepEqual(
    heard,
    Array.from({ length: 2500 }, (_, index) => `${index}`),
  );
});

test("S94: keeps no more messages than its cap and gives up what would be kept for the shortest time", async () => {
  const { join } = start({ maxKept: 2 });
  const { store } = join();
  await store.publish("ended", "long", 3000);
  await store.publish("ended", "short", 1000);
  await store.publish("ended", "new", 2000);
  assert.deepEqual(await heardBy(join()), ["long", "new"]);
});

test("what a process has put outlives it, and a process that is gone is told nothing", async () => {
  const { join } = start();
  const [first, second] = [join(), join()];
  const heard: string[] = [];
  await first.store.subscribe("ended", (message) => heard.push(message));
  await first.store.put("key", "value", 1000);
  first.end();

  await second.store.publish("ended", "message", 1000);

  assert.equal(await second.store.take("key"), "value");
  assert.deepEqual(heard, []);
});

test("an operation that is not answered in time, or cannot be sent, fails as an outage", async () => {
  const silent = createDistantMemory({ send: () => {}, timeoutMs: 5 });
  const closed = createDistantMemory({
    send: () => {
      throw new Error("ERR_IPC_CHANNEL_CLOSED");
    },
  });
  for (const { store } of [silent, closed]) {
    await assert.rejects(store.take("key"), StoreUnavailable);
    await assert.rejects(store.publish("channel", "message", 1000), StoreUnavailable);
    await store.subscribe("channel", () => {});
  }
});

test("an answer that comes too late is nobody's", async () => {
  const sent: number[] = [];
  const late = createDistantMemory({ send: (id) => sent.push(id), timeoutMs: 5 });
  await assert.rejects(late.store.get("key"), StoreUnavailable);
  const next = late.store.get("key");
  late.answered(sent[0] ?? 0, "too late");
  late.answered(sent[1] ?? 0, "in time");
  assert.equal(await next, "in time");
});
