import assert from "node:assert/strict";
import { test } from "node:test";
import { createRotations, type Rotation } from "../../src/session/rotations.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { eventually } from "../support/eventually.ts";
import { sessionAt } from "../support/session-parts.ts";
import { createSharedStore } from "../support/shared-store.ts";
import { testRuntime } from "../support/still-clock.ts";

test("tells every process how far a session has been refreshed", async () => {
  const runtime = testRuntime();
  const shared = createSharedStore(runtime);
  const heard: Rotation[] = [];
  createRotations(shared.view(), (rotation) => heard.push(rotation));
  const tell = createRotations(shared.view(), (rotation) => heard.push(rotation));
  const session = sessionAt(runtime.now(), { id: "one two" });
  tell(session);
  await eventually("both hear it", () => heard.length === 2);
  const { issuedAt, expiresAt } = session;
  for (const rotation of heard) {
    assert.deepEqual(rotation, { sessionId: "one two", issuedAt, expiresAt });
  }
});

test("hears nothing in a message of another form", async () => {
  const store = createMemoryStore({ runtime: testRuntime() });
  createRotations(store, () => assert.fail("heard"));
  for (const odd of ["", "one", "1 one", "1 NaN one", "x 2 one"]) {
    await store.publish("session-rotated", odd, 0);
  }
});

test("goes on when the store cannot be told", async () => {
  const runtime = testRuntime();
  const store = createSharedStore(runtime).view();
  store.fault = () => "before";
  createRotations(store, () => assert.fail("heard"))(sessionAt(runtime.now()));
  await eventually("it is tried", () => store.asked.length === 1);
});
