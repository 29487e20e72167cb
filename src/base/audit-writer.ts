/**
 * Writes the audit trail (contract 11): one JSON object a line, to a file of its own or among the logs. Every value is
 * searched for secrets, for the trail may be kept for years. When it cannot be written there is one warning, and no request
 * fails.
 */
import type { Audit, AuditFields } from "./audit.ts";
import type { Log, LogFields } from "./log.ts";
import { redactText } from "./redact.ts";
import type { Runtime } from "./runtime.ts";

export interface AuditWriterOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Takes one line without newline. It may throw. */
  readonly write: (line: string) => void;
  /** The lines stand among the logs: each is marked `"log":"audit"`. */
  readonly amongLogs: boolean;
}

/** The function that records events. Warns at the first failed write after a good one. */
export function createAudit({ runtime, log, write, amongLogs }: AuditWriterOptions): Audit {
  const put = neverFailing(write, log);
  return (event, subject, fields = {}) => {
    const line = JSON.stringify({
      ts: new Date(runtime.now()).toISOString(),
      event,
      ...(amongLogs ? { log: "audit" } : {}),
      ip: subject.clientAddress,
      request_id: subject.id,
      ...clean(fields),
    });
    put(line, { event });
  };
}

/** The same write, which warns at its first failure after a good one instead of failing. */
export function neverFailing(
  write: (line: string) => void,
  log: Log,
): (line: string, fields?: LogFields) => void {
  let failing = false;
  return (line, fields = {}) => {
    try {
      write(line);
      failing = false;
    } catch (err) {
      if (!failing) {
        log.warn(
          { err, ...fields },
          "the audit trail cannot be written: events are lost until it can",
        );
      }
      failing = true;
    }
  };
}

const own = new Set(["ts", "event", "log", "ip", "request_id"]);

function clean(fields: AuditFields): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || own.has(name)) continue;
    kept[name] = typeof value === "string" ? redactText(value, name) : value;
  }
  return kept;
}
