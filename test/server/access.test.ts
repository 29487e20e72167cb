import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFields } from "../../src/base/log.ts";
import { createAccessLog } from "../../src/server/access.ts";
import { testRuntime } from "../support/still-clock.ts";

function pathIn(path: string): unknown {
  const lines: LogFields[] = [];
  const log = { access: (fields: LogFields) => void lines.push(fields) };
  const subject = { requestId: "r-1", clientAddress: "192.0.2.1", method: "GET", path };
  createAccessLog(log, testRuntime())({ ...subject, startedAt: 0 }, 401, "unauthenticated");
  return lines[0]?.["path"];
}

test("S102: a path of more than 2048 characters is cut off in its access line", () => {
  const longest = `/${"a".repeat(2047)}`;
  assert.equal(pathIn(longest), longest);
  assert.equal(pathIn(`${longest}bcd`), `${longest}...`);
});
