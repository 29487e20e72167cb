import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryStore } from "../../src/store/memory.ts";
import { sessionParts, signedIn } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

test("asks nothing of a store that is this process's own, whatever is refreshed", async () => {
  const memory = createMemoryStore({ runtime: testRuntime() });
  const asked: string[] = [];
  const note = (name: string) => (key: string) => {
    asked.push(`${name} ${key}`);
    return Promise.reject(new Error("not to be asked"));
  };
  const [put, get, take, prolong] = ["put", "get", "take", "prolong"].map(note);
  assert.ok(put && get && take && prolong);
  const store = { ...memory, put, get, take, prolong, putIfAbsent: note("putIfAbsent") };
  const parts = sessionParts({ store });
  const browser = await signedIn(parts);
  const before = browser.request();
  parts.runtime.pass(61_000);
  const [first, second] = await Promise.all([
    parts.sessions.resolve(before),
    parts.sessions.resolve(before),
  ]);
  assert.deepEqual([first.kind, second.kind], ["refreshed", "refreshed"]);
  assert.ok(first.kind === "refreshed");
  browser.take(first.cookies());
  assert.equal((await parts.sessions.resolve(browser.request())).kind, "active");
  assert.equal((await parts.sessions.resolve(before)).kind, "refreshed");
  assert.deepEqual(asked, []);
});
