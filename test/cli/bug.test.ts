/** What the process does about a bug that nothing catches: here in a provider that the operator has brought. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFaultyGate } from "../support/faulty-gate.ts";

test("S100: after a bug that nothing caught the gate says so, answers what is under way and ends with exit code 1", async (t) => {
  const { signIn, stdout, ended } = await startFaultyGate(t);

  const answer = await fetch(signIn, { redirect: "manual" });

  assert.equal(answer.status, 302);
  const { code, stderr } = await ended;
  assert.equal(code, 1, stderr);
  assert.match(stdout(), /"level":"error".*nobody catches this/);
});
