import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { createEndedSessions } from "../../src/session/ended.ts";
import type { Store } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { eventually } from "../support/eventually.ts";
import { logInto } from "../support/session-parts.ts";
import { createSharedStore } from "../support/shared-store.ts";
import { type TestRuntime, testRuntime } from "../support/still-clock.ts";

function parts() {
  const runtime = testRuntime();
  const store = createMemoryStore({ runtime });
  return { runtime, store, ended: createEndedSessions({ store, runtime, log: silentLog }) };
}

test("S68: denies an ended id until the session's end and no other id", async () => {
  const { runtime, ended } = parts();
  await ended.end("one", runtime.now() + 1000);
  assert.equal(ended.has("one"), true);
  assert.equal(ended.has("two"), false);
  runtime.pass(999);
  assert.equal(ended.has("one"), true);
  runtime.pass(1);
  assert.equal(ended.has("one"), false);
});

test("S68: denies the id before the store has been told", () => {
  const { runtime, ended } = parts();
  const told = ended.end("one", runtime.now() + 1000);
  assert.equal(ended.has("one"), true);
  return told;
});

test("denies an id that another process of the same store has ended", async () => {
  const { runtime, store, ended } = parts();
  const other = createEndedSessions({ store, runtime, log: silentLog });
  const heard: string[] = [];
  other.onEnd((id) => heard.push(id));
  await ended.end("one two", runtime.now() + 1000);
  assert.equal(other.has("one two"), true);
  assert.deepEqual(heard, ["one two"]);
});

test("tells every listener once, however often a session is ended", async () => {
  const { runtime, ended } = parts();
  const heard: string[] = [];
  ended.onEnd((id) => heard.push(`a ${id}`));
  ended.onEnd((id) => heard.push(`b ${id}`));
  await ended.end("one", runtime.now() + 1000);
  await ended.end("one", runtime.now() + 1000);
  assert.deepEqual(heard, ["a one", "b one"]);
});

test("denies the id and logs an error when the store cannot be told", async () => {
  const runtime = testRuntime();
  const logged: string[] = [];
  const store = createMemoryStore({ runtime });
  const broken = { ...store, publish: () => Promise.reject(new Error("no connection")) };
  const ended = createEndedSessions({ store: broken, runtime, log: logInto(logged) });
  await ended.end("one", runtime.now() + 1000);
  assert.equal(ended.has("one"), true);
  assert.match(logged.join(), /^error other processes could not be told .* \{"err":\{\}\}$/);
});

test("S68: a process that starts later knows who signed out before it", async () => {
  const runtime = testRuntime();
  const shared = createSharedStore(runtime);
  const first = createEndedSessions({ store: shared.view(), runtime, log: silentLog });
  await first.end("one", runtime.now() + 2000);
  await first.end("over", runtime.now() + 1000);
  runtime.pass(1000);
  const later = createEndedSessions({ store: shared.view(), runtime, log: silentLog });
  await later.ready;
  assert.equal(later.has("one"), true);
  assert.equal(later.has("over"), false);
});

test("S68: tells the store of what it could not be told, when it is back", async () => {
  const runtime = testRuntime();
  const shared = createSharedStore(runtime);
  const [store, logged]: [ReturnType<typeof shared.view>, string[]] = [shared.view(), []];
  const ended = createEndedSessions({ store, runtime, log: logInto(logged) });
  const other = createEndedSessions({ store: shared.view(), runtime, log: silentLog });
  store.fault = () => "before";
  await ended.end("one", runtime.now() + 60_000);
  await ended.end("two", runtime.now() + 60_000);
  await eventually("it is tried again", () => store.asked.length > 2);
  assert.equal(other.has("one"), false);
  store.fault = () => undefined;
  await eventually("it is told", () => other.has("one") && other.has("two"));
});

/** A store that notes what it is told, each with its time to live, and takes none of it while it is away. */
function notingStore(runtime: TestRuntime) {
  const told: string[] = [];
  const control = { away: false };
  const store: Store = {
    ...createMemoryStore({ runtime }),
    async publish(_channel, message, ttlMs) {
      told.push(`${message.split(" ")[1]} for ${ttlMs}`);
      if (control.away) throw new Error("no connection");
    },
  };
  return { told, control, ended: createEndedSessions({ store, runtime, log: silentLog }) };
}

test("S68: tells the store once, for as long as the session would have lasted", async () => {
  const runtime = testRuntime();
  const { told, ended } = notingStore(runtime);
  await ended.end("one", runtime.now() + 1000);
  await ended.end("one", runtime.now() + 1000);
  assert.deepEqual(told, ["one for 1000"]);
});

test("S68: tells what it owes once, and nothing that is over meanwhile", async () => {
  const runtime = testRuntime();
  const { told, control, ended } = notingStore(runtime);
  control.away = true;
  await ended.end("one", runtime.now() + 60_000);
  await ended.end("two", runtime.now() + 1000);
  runtime.pass(2000);
  control.away = false;
  await eventually("it is told", () => told.length > 2);
  control.away = true;
  await ended.end("three", runtime.now() + 1000);
  control.away = false;
  await eventually("it is told again", () => told.includes("three for 1000", 4));
  const first = ["one for 60000", "two for 1000", "one for 58000"];
  assert.deepEqual(told, [...first, "three for 1000", "three for 1000"]);
});

test("S94: owes the store ten thousand ids at most", async () => {
  const runtime = testRuntime();
  const { told, control, ended } = notingStore(runtime);
  control.away = true;
  const ids = Array.from({ length: 10_001 }, (_, index) => `s${index}`);
  await Promise.all(ids.map((id) => ended.end(id, runtime.now() + 60_000)));
  control.away = false;
  told.length = 0;
  await ended.end("last", runtime.now() + 60_000);
  await eventually("all that is owed is told", () => told.length > 10_000);
  assert.equal(told.length, 10_001);
  assert.equal(told.includes("s9999 for 60000"), true);
  assert.equal(told.includes("s10000 for 60000"), false);
});

test("hears nothing in a message of another form", async () => {
  const { store, ended } = parts();
  const heard: string[] = [];
  ended.onEnd((id) => heard.push(id));
  for (const odd of ["", "one", "soon one", "NaN one", "Infinity one"]) {
    await store.publish("session-ended", odd, 0);
  }
  assert.deepEqual([heard, ended.has("one")], [[], false]);
});
