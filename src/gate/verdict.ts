/**
 * What the gate decides about one request. The server acts on it: it writes a reply, or hands the admission to the proxy,
 * which the gate never meets.
 */
import type { Reply } from "../http/reply.ts";
import type { Identity } from "../provider/contract.ts";

/** How a request ended, for the access log and the metrics. */
export type Outcome =
  | "own"
  | "public"
  | "session"
  | "refreshed"
  | "ticket"
  | "bearer"
  | "insecure"
  | "unauthenticated"
  | "expired"
  | "denied"
  | "unavailable"
  | "refused";

/** What an admitted request takes with it to the upstream. */
export interface Admission {
  /** The origin-form target to send: the one that was judged, less prefix and ticket. */
  readonly target: string;
  /** Absent on public paths. */
  readonly identity?: Holder;
  /** Set-Cookie values for this very response, asked for when its head is written. */
  readonly cookies?: () => readonly string[];
  readonly accessToken?: string;
  /** The gate consumed the client's Authorization. */
  readonly dropAuthorization?: boolean;
  /** `Sec-WebSocket-Protocol` without the ticket entry; `""` when nothing is left. */
  readonly protocols?: string;
  readonly stream?: AdmittedStream;
}

/** Whose a stream is, and what it takes to judge it again when settings change. */
export interface AdmittedStream {
  /** `""` of a bearer. */
  readonly sessionId: string;
  /** Milliseconds since the epoch at which it is cut at the latest. */
  readonly endsAt: number;
  readonly holder: Holder;
  /** The names of the session keys that there were. */
  readonly keys: readonly string[];
}

/** Who is asking, and which provider vouches for it. */
export interface Holder {
  readonly identity: Identity;
  readonly provider: string;
}

export interface ReplyVerdict {
  readonly kind: "reply";
  readonly reply: Reply;
  readonly outcome: Outcome;
}

export interface ForwardVerdict {
  readonly kind: "forward";
  readonly admission: Admission;
  readonly outcome: Outcome;
}

export type Verdict = ReplyVerdict | ForwardVerdict;

/** Close codes of a refused upgrade (contract 10): no session, origin or access, provider outage. */
export type RefusalCode = 4401 | 4403 | 1013;

/** A refused upgrade: a browser gets the close code with the reason, a program the reply. */
export interface UpgradeRefusal {
  readonly kind: "refuse";
  readonly code: RefusalCode;
  readonly reason: string;
  readonly reply: Reply;
  readonly outcome: Outcome;
}

export type UpgradeVerdict = Verdict | UpgradeRefusal;

export function replyWith(reply: Reply, outcome: Outcome): ReplyVerdict {
  return { kind: "reply", reply, outcome };
}

export function forwardWith(admission: Admission, outcome: Outcome): ForwardVerdict {
  return { kind: "forward", admission, outcome };
}
