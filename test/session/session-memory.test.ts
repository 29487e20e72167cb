/** Sessions that are made anew, on the same memory, as a change of settings makes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import type { Grant } from "../../src/provider/contract.ts";
import { createLoginStates } from "../../src/session/login-state.ts";
import { createSealer } from "../../src/session/seal.ts";
import { createSessionMemory } from "../../src/session/session-memory.ts";
import { createSessions } from "../../src/session/sessions.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { eventually } from "../support/eventually.ts";
import {
  rotatingProvider,
  type SessionParts,
  sealer,
  secret,
  signedIn,
  stem,
} from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function setUp() {
  const runtime = testRuntime();
  const provider = rotatingProvider(runtime);
  const store = createMemoryStore({ runtime });
  const log = silentLog;
  const memory = createSessionMemory({ store, runtime, log });
  const newSecret = "another secret that is long enough too";
  const make = (secrets: readonly string[] = [secret]): SessionParts => {
    const sessions = createSessions({
      ...{ stem, store, runtime, log, memory, sealer: createSealer({ secrets }) },
      audit: () => {},
      provider: (name) => (name === provider.name ? provider : undefined),
      refreshSkewSeconds: 30,
      idleTimeoutSeconds: 0,
      maxLifetimeSeconds: 3600,
      keepAccessToken: false,
      keepIdToken: false,
    });
    return { runtime, provider, sessions, memory, audited: [], logged: [] };
  };
  return { runtime, provider, store, memory, make, rotated: [newSecret, secret] };
}

test("S57: a refresh under way when the settings change is shared by requests that come after: one call, one token", async () => {
  const { runtime, provider, make, rotated } = setUp();
  const before = make();
  const browser = await signedIn(before);
  runtime.pass(61_000);
  const called = Promise.withResolvers<Grant>();
  provider.answer = () => called.promise;
  const first = before.sessions.resolve(browser.request());
  await eventually("the provider is asked", () => provider.shown.length > 0);

  const after = make(rotated);
  const second = after.sessions.resolve(browser.request());
  await new Promise(setImmediate);
  called.resolve(provider.login());
  const [one, other] = await Promise.all([first, second]);

  assert.deepEqual([one.kind, other.kind], ["refreshed", "refreshed"]);
  assert.equal(provider.shown.length, 1, "the token was sent once");
  assert.equal((await after.sessions.resolve(browser.request())).kind, "refreshed", "and replayed");
  assert.equal(provider.shown.length, 1);
});

test("S66, S68: a session that ended before is ended after, and with it what its refreshes gave", async () => {
  const { runtime, provider, memory, make, rotated } = setUp();
  const before = make();
  const browser = await signedIn(before);
  const ended: string[] = [];
  memory.ended.onEnd((id) => ended.push(id));
  runtime.pass(61_000);
  const refreshed = await before.sessions.resolve(browser.request());
  assert.ok(refreshed.kind === "refreshed");
  await before.sessions.end(refreshed.session);

  const after = make(rotated);
  assert.equal((await after.sessions.resolve(browser.request())).kind, "expired");
  assert.deepEqual(ended, [refreshed.session.id], "told once, however often the settings changed");
  assert.equal(provider.shown.length, 1);
});

test("S43: a sign-in's state is used up for every later change of settings", async () => {
  const { runtime, memory } = setUp();
  const make = () => createLoginStates({ stem, sealer, runtime, memory });
  assert.equal(await make().claim("state"), true);
  assert.equal(await make().claim("state"), false);
  runtime.pass(599_999);
  assert.equal(await make().claim("state"), false, "for as long as its cookie lives");
  runtime.pass(1);
  assert.equal(await make().claim("state"), true);
});
