import assert from "node:assert/strict";
import { test } from "node:test";
import { createAudit } from "../../src/base/audit-writer.ts";
import type { Log } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";

const runtime = { ...nodeRuntime, now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
const subject = { id: "r1", clientAddress: "203.0.113.7" };

function auditTo(options: { amongLogs?: boolean; write?: (line: string) => void; log?: Log } = {}) {
  const lines: string[] = [];
  const write = options.write ?? ((line: string) => void lines.push(line));
  const audit = createAudit({
    runtime,
    log: options.log ?? silentLog,
    write,
    amongLogs: options.amongLogs ?? false,
  });
  return { audit, lines };
}

test("writes time, event, address, request and fields as one JSON object", () => {
  const { audit, lines } = auditTo();
  audit("login_success", subject, { provider: "oidc", user_id: "248289761001", email: undefined });
  assert.deepEqual(lines, [
    '{"ts":"2026-01-02T03:04:05.006Z","event":"login_success","ip":"203.0.113.7","request_id":"r1","provider":"oidc","user_id":"248289761001"}',
  ]);
});

test("is marked among the logs", () => {
  const { audit, lines } = auditTo({ amongLogs: true });
  audit("logout", subject);
  assert.equal(JSON.parse(lines[0] ?? "").log, "audit");
});

test("S101: a secret is taken out by its shape, whatever the field is called", () => {
  const { audit, lines } = auditTo();
  const random = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWp";
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln";
  audit("ws_ticket_rejected", subject, {
    reason: `spent ${random}`,
    detail: jwt,
    path: "/ws?ticket=abc",
    user_id: jwt,
  });
  assert.doesNotMatch(lines[0] ?? "", new RegExp(`${random}|${jwt}|abc`));
});

test("a field cannot replace what the writer itself states", () => {
  const { audit, lines } = auditTo();
  audit("logout", subject, {
    ip: "127.0.0.1",
    event: "login_success",
    ts: "never",
    request_id: "x",
  });
  const record = JSON.parse(lines[0] ?? "");
  assert.deepEqual([record.ip, record.event, record.request_id], ["203.0.113.7", "logout", "r1"]);
});

test("S102: a value with a line break stays in its line", () => {
  const { audit, lines } = auditTo();
  audit("login_failure", subject, { reason: 'x\n{"event":"login_success"}\x9b' });
  assert.doesNotMatch(lines[0] ?? "", /[\x00-\x1f\x7f-\x9f]/);
});

test("a failed write is one warning until one succeeds, and never an error", () => {
  let full = true;
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
  const write = () => {
    if (full) throw new Error("ENOSPC");
  };
  const { audit } = auditTo({ write, log });
  audit("logout", subject);
  audit("logout", subject);
  assert.equal(warnings.length, 1);
  full = false;
  audit("logout", subject);
  full = true;
  audit("logout", subject);
  assert.equal(warnings.length, 2);
});
