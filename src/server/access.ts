/** The access line of a request, from the few facts that hold no secret: no query, no header (S101). */
import type { RootLog } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Outcome } from "../gate/verdict.ts";

/** Of which request the line is. */
export interface AccessSubject {
  readonly requestId: string;
  readonly clientAddress: string;
  readonly method: string;
  /** The raw path without its query. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Characters of a path in its line. A client that nobody knows could else fill the disk with each request (S102). */
const longestPath = 2048;

/** Writes the line. `status` is 499 when the client left before the answer was whole. */
export type AccessLog = (subject: AccessSubject, status: number, outcome: Outcome) => void;

export function createAccessLog(log: Pick<RootLog, "access">, runtime: Runtime): AccessLog {
  return ({ requestId, clientAddress, method, path, startedAt }, status, outcome) => {
    log.access({
      request_id: requestId,
      ip: clientAddress,
      method,
      path: path.length <= longestPath ? path : `${path.slice(0, longestPath)}...`,
      status,
      outcome,
      ms: runtime.now() - startedAt,
    });
  };
}
