/**
 * What can go wrong with the upstream's answer where Node has no code for it. Apart, so that who reads, who keeps
 * connections and who explains a failure to the operator speak of the same few codes.
 */

export type FaultCode =
  /** The connection ended before the answer did. */
  | "ANSWER_BROKE_OFF"
  | "ANSWER_MALFORMED"
  | "ANSWER_HEAD_TOO_LARGE"
  | "ANSWER_LATE"
  /** One interim answer (1xx) after another. */
  | "ANSWER_NEVER_FINAL"
  /** No connection is opened any more. */
  | "CONNECTIONS_CLOSED"
  /** The head would not be the fields that it is made of (S23). */
  | "REQUEST_UNSENDABLE";

export class AnswerFault extends Error {
  override readonly name = "AnswerFault";
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function malformed(what: string): AnswerFault {
  return new AnswerFault("ANSWER_MALFORMED", what);
}
