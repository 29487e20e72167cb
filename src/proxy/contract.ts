/**
 * What the server asks of a proxy. A Plan is the outcome of the gate's decision in the proxy's own terms; the proxy knows
 * nothing of cookies, sessions or providers beyond it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ErrorCode, GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { PublicBase } from "../http/public-base.ts";
import type { Identity } from "../provider/contract.ts";

/** Where the upstream listens. From configuration alone (S81). */
export interface UpstreamAddress {
  /** `http://127.0.0.1:9119`, `https://host:port`; for a Unix socket `http://localhost`. */
  readonly origin: string;
  readonly socketPath?: string;
}

export interface UpstreamOptions {
  readonly address: UpstreamAddress;
  /** `preserve` sends the outside's Host on; `upstream` sends the upstream's own, and replaces an `Origin` of the public base by it. */
  readonly host: "preserve" | "upstream";
  /** Milliseconds. Default 5000. */
  readonly connectTimeoutMs: number;
  /** Milliseconds to the response head; 0 is none. Default 300000. */
  readonly responseTimeoutMs: number;
  /** Milliseconds to the answer of an upgrade. Default 10000. */
  readonly upgradeTimeoutMs: number;
  /** Milliseconds that one side of a WebSocket has to end after the other has. Default 60000. */
  readonly halfOpenMs?: number;
  /** Connections at most; 0 is no limit. With one, waiting longer than the connect time-out is `upstream_busy`. */
  readonly connections: number;
  /** PEM certificates to trust beside the system's, for an https upstream. */
  readonly ca?: string;
}

/** What of an identity a header to the upstream may carry. */
export type IdentityField =
  | "user_id"
  | "email"
  | "preferred_username"
  | "display_name"
  | "groups"
  | "org_id"
  | "provider";

/** Header name, as it will be sent, to the field it carries. */
export type IdentityHeaders = ReadonlyMap<string, IdentityField>;

/** The signed form of who asks at this base. Does not wait for anything. */
export type SignIdentity = (
  owner: PlanIdentity,
  base: Pick<PublicBase, "origin" | "prefix">,
) => string;

/** What tells the upstream of an identity. */
export interface IdentityOptions {
  readonly identityHeaders: IdentityHeaders;
  /** Makes the value of `X-Hermes-Identity`; absent, that header is not set. */
  readonly signIdentity?: SignIdentity | undefined;
}

export interface Plan {
  /** The origin-form target to send: judged, less prefix and ticket. */
  readonly target: string;
  /** Absent on public paths: then no identity header is set, and client copies are still removed. */
  readonly identity?: PlanIdentity;
  /** Set-Cookie values for this very response, asked for when its head is written. Absent when nothing was rotated. */
  readonly cookies?: () => readonly string[];
  /** Sent as `Authorization: Bearer` when there; the client's own Authorization is then replaced. */
  readonly accessToken?: string;
  /** The gate consumed the client's Authorization: it is not sent on. */
  readonly dropAuthorization?: boolean;
  /** `Sec-WebSocket-Protocol` without the gate's ticket entry; absent leaves the header as it came, `""` drops it. */
  readonly protocols?: string;
  /** Whose stream this is, for closing it when the session ends; absent on public paths. */
  readonly stream?: StreamOwner;
}

export interface PlanIdentity {
  readonly identity: Identity;
  readonly provider: string;
}

export interface StreamOwner {
  /** `""` of a bearer, which has no session. */
  readonly sessionId: string;
  /** Milliseconds since the epoch at which the stream is cut at the latest. */
  readonly endsAt: number;
  readonly holder: PlanIdentity;
  /** The names of the session keys that there were when it was admitted. */
  readonly keys: readonly string[];
}

/** Whether a stream may go on under new settings: undefined, or the code to end it with. */
export type StreamJudge = (owner: StreamOwner) => 4401 | 4403 | undefined;

/** What is in care while it is open: an upgrade that the upstream has not answered, a WebSocket, an event stream. */
export type StreamKind = "handshake" | "socket" | "events";

/** What happens at the upstream, for who counts: a request that is sent again, an answer that broke off, or an error's code. */
export type UpstreamNote = (event: "retried" | "broke_off" | ErrorCode) => void;

/** Answers the client in the proxy's stead: an error before any byte of a response was written. */
export type Fail = (error: GateError) => void;

export interface Upstream {
  /**
   * Forwards a request and streams the answer. A client that expects `100 Continue` is sent it when the upstream takes the
   * body: the caller handles `checkContinue` and leaves the rest to the proxy. Calls `fail` at most once, and only before
   * the response head is written.
   */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    exchange: Exchange,
    plan: Plan,
    fail: Fail,
  ): void;
  /**
   * Forwards a WebSocket upgrade and joins the sockets. Calls `fail` as above, or `answered` with the status that the client is
   * sent: 101, or that of the upstream's own refusal. The socket has its error listener already.
   */
  tunnel(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    exchange: Exchange,
    plan: Plan,
    fail: Fail,
    answered: (status: number) => void,
  ): void;
  /** Takes these for every request from here on. */
  setIdentity(identity: IdentityOptions): void;
  /** Ends every socket and event stream of the session: sockets with this close code. */
  closeSession(sessionId: string, code: 4401 | 4403): void;
  /** Judges every stream that has an owner, now and from here on when it begins, and ends those that may not go on. */
  judgeStreams(judge: StreamJudge): void;
  /** Ends every socket (1012) and event stream at once, and each that is added after: the gate is stopping. */
  closeStreams(): void;
  /** How many streams are open now. */
  streams(kind: StreamKind): number;
  /**
   * Opens a connection and closes it again, asking nothing. Resolves to undefined when it stood, else to the error that a
   * request would end with. Never fails.
   */
  probe(): Promise<GateError | undefined>;
  /** Closes the connections to the upstream. Resolves when the requests under way have ended. */
  close(): Promise<void>;
}
