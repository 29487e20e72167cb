/** The audit events (contract 11) and the function that records one. Callers put no secret into a field (S101). */

export type AuditEvent =
  | "login_start"
  | "login_success"
  | "login_failure"
  | "logout"
  | "refresh_success"
  | "refresh_failure"
  | "revoke"
  | "session_verify_failure"
  | "access_denied"
  | "ws_ticket_minted"
  | "ws_ticket_rejected";

/** On whose request the event happened. An Exchange is one. */
export interface AuditSubject {
  /** The request's id. */
  readonly id: string;
  /** The client's address, from trusted proxies only. */
  readonly clientAddress: string;
}

export type AuditFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Records one event. Never throws: a failed write is one warning in the log. */
export type Audit = (event: AuditEvent, subject: AuditSubject, fields?: AuditFields) => void;
