import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { createEndedSessions } from "../../src/session/ended.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { logInto } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

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
  assert.match(logged.join(), /^error other processes could not be told/);
});
