import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutage } from "../../src/store/outage.ts";
import { logInto } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts(password?: string) {
  const runtime = testRuntime();
  const logged: string[] = [];
  const place = "redis://cache:6379/0";
  const outage = createOutage({ place, password, runtime, log: logInto(logged) });
  return { runtime, logged, outage };
}

test("tells the beginning and the end of an outage once each", () => {
  const { logged, outage } = parts();
  outage.worked();
  for (let count = 0; count < 3; count += 1) outage.failed(new Error("Command timed out"));
  outage.worked();
  outage.worked();
  assert.equal(logged.length, 2);
  assert.match(
    logged[0] ?? "",
    /^error .*"store":"redis:\/\/cache:6379\/0","reason":"Command timed/,
  );
  assert.match(logged[1] ?? "", /^info the store answers again/);
});

test("tells a store that comes and goes once a minute", () => {
  const { runtime, logged, outage } = parts();
  for (let second = 0; second < 60; second += 1) {
    outage.failed(new Error("NOPERM"));
    outage.worked();
    runtime.pass(1000);
  }
  assert.equal(logged.length, 2);
  outage.failed(new Error("NOPERM"));
  assert.equal(logged.length, 3);
});

const reasons: readonly (readonly [name: string, error: unknown, reason: string])[] = [
  [
    "a system error by its code",
    Object.assign(new Error("connect ..."), { code: "EPIPE" }),
    "EPIPE",
  ],
  [
    "what a server says",
    new Error("NOAUTH Authentication required."),
    "NOAUTH Authentication required.",
  ],
  [
    "no arguments of the command",
    new Error("ERR unknown command `AUTH`, with args beginning with: `pw`"),
    "ERR unknown command `AUTH`",
  ],
  ["no password", new Error("WRONGPASS open sesame is wrong"), "WRONGPASS *** is wrong"],
  ["nothing of what is no error", "open sesame", "unknown"],
];

for (const [name, error, reason] of reasons) {
  test(`S101: the error for the caller says ${name}`, () => {
    const { logged, outage } = parts("open sesame");
    const failure = outage.failed(error);
    assert.equal(failure.message, reason);
    assert.equal(failure.cause, undefined);
    assert.ok(logged[0]?.includes(JSON.stringify(reason)));
  });
}
