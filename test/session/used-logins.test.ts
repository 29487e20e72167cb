import assert from "node:assert/strict";
import { test } from "node:test";
import { createUsedLogins } from "../../src/session/used-logins.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { logInto } from "../support/session-parts.ts";
import { createSharedStore } from "../support/shared-store.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts() {
  const runtime = testRuntime();
  const shared = createSharedStore(runtime);
  const logged: string[] = [];
  const start = () => {
    const store = shared.view();
    const options = { store, runtime, log: logInto(logged), lifetimeMs: 600_000 };
    return { store, claim: createUsedLogins(options) };
  };
  return { runtime, shared, logged, start };
}

test("S43: of many processes that are shown one state at once, one may use it", async () => {
  const { start } = parts();
  const processes = [start(), start(), start()];
  const claims = processes.flatMap(({ claim }) => [claim("state"), claim("state")]);
  assert.deepEqual(
    (await Promise.all(claims)).filter((first) => first),
    [true],
  );
});

test("S43: a state is used up in every process for its cookie's life", async () => {
  const { runtime, shared, start } = parts();
  assert.equal(await start().claim("state"), true);
  runtime.pass(599_999);
  assert.equal(await start().claim("state"), false);
  runtime.pass(1);
  assert.equal(await start().claim("state"), true);
  assert.ok(!shared.seen.some((seen) => seen.includes("state")), "the store sees no state");
});

test("S43: without the store a state is used up in its own process", async () => {
  const { logged, start } = parts();
  const { store, claim } = start();
  store.fault = () => "before";
  assert.equal(await claim("state"), true);
  assert.equal(await claim("state"), false);
  assert.match(
    logged.join(),
    /^warn a sign-in could not be marked as used in the store \{"err":\{.*\}\}$/,
  );
});

test("asks no store that is this process's own", async () => {
  const runtime = testRuntime();
  const asked: string[] = [];
  const putIfAbsent = async (key: string) => asked.push(key) > 0;
  const store = { ...createMemoryStore({ runtime }), putIfAbsent };
  const claim = createUsedLogins({ store, runtime, log: logInto([]), lifetimeMs: 600_000 });
  assert.equal(await claim("state"), true);
  assert.equal(await claim("state"), false);
  assert.deepEqual(asked, []);
});
