/**
 * Every error that a client can be shown: its code, HTTP status and public sentence. A GateError carries the code and,
 * for the log alone, facts and a cause; nothing else of it ever leaves the process (S103). `docs/errors.md` is held to
 * this table both ways by `docs.test.ts`.
 */

export interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The plain sentence that the client reads. */
  readonly text: string;
}

export const errorCatalogue = {
  // The request itself
  bad_request: { status: 400, text: "The request is malformed." },
  bad_target: { status: 400, text: "The request target is not one that can be forwarded." },
  bad_host: { status: 400, text: "The request does not name a host that is served here." },
  method_not_allowed: { status: 405, text: "This address does not accept that method." },
  body_too_large: { status: 413, text: "The request body is too large for this address." },
  headers_too_large: { status: 431, text: "The request's headers are too large." },
  request_timeout: { status: 408, text: "The request took too long to arrive." },
  expectation_failed: { status: 417, text: "The request expects what cannot be met here." },
  upgrade_required: { status: 426, text: "This address needs a WebSocket of version 13." },

  // Who is asking
  unauthenticated: { status: 401, text: "You are not signed in." },
  session_expired: { status: 401, text: "Your session has ended. Sign in again." },
  invalid_token: { status: 401, text: "The access token was not accepted." },
  access_denied: { status: 403, text: "This account may not use this dashboard." },
  cross_site_request: { status: 403, text: "This request came from another site and was refused." },

  // Signing in
  no_provider: { status: 503, text: "Sign-in is unavailable." },
  unknown_provider: { status: 404, text: "There is no such sign-in provider." },
  provider_unavailable: {
    status: 503,
    text: "The sign-in service cannot be reached just now. Try again in a moment.",
  },
  login_expired: {
    status: 400,
    text: "This sign-in was not started in this browser, or it took too long. Start again.",
  },
  login_replayed: { status: 400, text: "This sign-in has already been completed. Start again." },
  login_malformed: { status: 400, text: "The sign-in service's answer is malformed. Start again." },
  login_refused: { status: 400, text: "The sign-in service refused the sign-in." },
  login_invalid_code: {
    status: 400,
    text: "The sign-in service did not accept the sign-in code. Start again.",
  },
  login_token_too_large: {
    status: 500,
    text: "The sign-in service's answer about your account is too large. Tell the operator.",
  },
  session_too_large: {
    status: 500,
    text: "Your account's details are too large to be kept in cookies. Tell the operator.",
  },

  // What stands behind
  upstream_unreachable: { status: 502, text: "The dashboard cannot be reached." },
  upstream_invalid: { status: 502, text: "The dashboard gave an answer that cannot be passed on." },
  upstream_timeout: { status: 504, text: "The dashboard took too long to answer." },
  upstream_busy: { status: 503, text: "The dashboard is busy. Try again in a moment." },
  store_unavailable: {
    status: 503,
    text: "This cannot be done just now. Try again in a moment.",
  },
  stopping: { status: 503, text: "The gateway is stopping. Try again in a moment." },
  internal: { status: 500, text: "Something went wrong in the gateway." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Facts for the operator's log. Never a secret: the value ends up in a log line. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** An error with a code of the catalogue. `facts` and `cause` are for the log alone. */
export class GateError extends Error {
  override readonly name = "GateError";
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, cause?: unknown) {
    super(errorCatalogue[code].text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** The error as a GateError: itself when it is one, else `internal` with the error as its cause. */
export function toGateError(error: unknown): GateError {
  return error instanceof GateError ? error : new GateError("internal", {}, error);
}
