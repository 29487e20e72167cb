/**
 * What the server asks of a proxy. A Plan is the outcome of the gate's decision in the proxy's own terms; the proxy knows
 * nothing of cookies, sessions or providers beyond it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Identity } from "../provider/contract.ts";

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
  readonly sessionId: string;
  /** Milliseconds since the epoch at which the stream is cut at the latest. */
  readonly endsAt: number;
}

/** Answers the client in the proxy's stead: an error before any byte of a response was written. */
export type Fail = (error: GateError) => void;

export interface Upstream {
  /** Forwards a request and streams the answer. Calls `fail` at most once, and only before the response head is written. */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    exchange: Exchange,
    plan: Plan,
    fail: Fail,
  ): void;
  /** Forwards a WebSocket upgrade and joins the sockets. Calls `fail` as above. The socket has its error listener already. */
  tunnel(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    exchange: Exchange,
    plan: Plan,
    fail: Fail,
  ): void;
  /** Ends every socket and event stream of the session: sockets with this close code. */
  closeSession(sessionId: string, code: 4401 | 4403): void;
  /** Ends every socket (1012) and event stream, then the connections to the upstream. */
  close(): Promise<void>;
}
