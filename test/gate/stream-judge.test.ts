/** Which streams go on under settings that have changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStreamJudge } from "../../src/gate/stream-judge.ts";
import { createRegistry } from "../../src/provider/registry.ts";
import { type AccessRules, createAccess } from "../../src/session/access.ts";
import { keyNames } from "../../src/session/seal.ts";
import { gateProvider } from "../support/gate-provider.ts";
import { ada, streamOwner } from "../support/proxy.ts";
import { testRuntime } from "../support/still-clock.ts";

const [first, second, third] = ["a", "b", "c"].map((letter) => letter.repeat(32)) as [
  string,
  string,
  string,
];

interface Now {
  readonly providers?: readonly string[];
  /** The provider verifies bearers. */
  readonly verifies?: boolean;
  readonly bearer?: boolean;
  readonly secrets?: readonly string[];
  readonly allow?: AccessRules;
}

function judge(now: Now, sessionId: string) {
  const { providers = ["idp"], verifies = true, bearer = true, secrets = [first] } = now;
  const runtime = testRuntime();
  const bearers = () => Promise.resolve(undefined);
  const judgeStream = createStreamJudge({
    settings: { bearer },
    registry: createRegistry(
      providers.map((name) => gateProvider(runtime, { name, ...(verifies && { bearers }) })),
    ),
    keyNames: keyNames(secrets),
    admits: createAccess(now.allow ?? {}),
  });
  return judgeStream({ ...streamOwner(sessionId), keys: keyNames([first, second]) });
}

const rows: readonly (readonly [name: string, now: Now, session: unknown, bearer: unknown])[] = [
  ["the settings that let it in", {}, undefined, undefined],
  ["its provider gone", { providers: ["other"] }, 4401, 4401],
  ["another provider beside its own", { providers: ["other", "idp"] }, undefined, undefined],
  ["one of the keys gone, another added", { secrets: [third, second] }, undefined, undefined],
  ["all keys gone", { secrets: [third] }, 4401, undefined],
  ["its person barred", { allow: { global: { subjects: ["x"] } } }, 4403, 4403],
  ["its person named", { allow: { global: { subjects: [ada.userId] } } }, undefined, undefined],
  ["bearers off", { bearer: false }, undefined, 4401],
  ["a provider that verifies none any more", { verifies: false }, undefined, 4401],
];

for (const [name, now, session, bearer] of rows) {
  const [sessions, bearers] = [session ?? "goes on", bearer ?? "goes on"];
  test(`S82: under settings with ${name} a session's stream: ${sessions}, a bearer's: ${bearers}`, () => {
    assert.equal(judge(now, "s-1"), session);
    assert.equal(judge(now, ""), bearer);
  });
}
