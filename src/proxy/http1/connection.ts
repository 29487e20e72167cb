/**
 * One connection to the upstream, on which exchanges follow one another (RFC 9112, 9.3). A class, since it is the hot path: a
 * kept connection serves a request without making anything but its texts. It is used again only when the last exchange ended
 * without a doubt about where: a byte too many, a request not sent to its end, or an end told by closing give it up (S86, S87).
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { AnswerFault } from "./answer-fault.ts";
import { type AnswerListener, AnswerReader } from "./answer-reader.ts";
import { hearOut } from "./hear-out.ts";
import { startUpload } from "./upload.ts";

/** A request as it is sent. */
export interface Ask {
  /** With its empty line. */
  readonly head: string;
  readonly method: string;
  /** Whose body follows the head; absent when there is none. */
  readonly body: IncomingMessage | undefined;
  /** The body is sent in chunks. */
  readonly chunked: boolean;
}

/** How far a broken exchange had come. `stale`: no byte on a connection that had served before and may have died unseen. */
export type Met = "stale" | "unanswered" | "answering";

/** Hears of an exchange from its answer's head to one `onEnd` or one `onFault`; nothing after that. */
export interface AnswerHandler extends AnswerListener {
  /** The connection stands and the body is about to be read. */
  onBodyWanted(): void;
  /** All that has been read so far was told, and the answer goes on. */
  onCaughtUp(): void;
  onEnd(trailers: readonly string[]): void;
  onFault(error: Error, met: Met): void;
}

export interface ConnectionOwner {
  /** Grows steadily; `since` is counted in it. */
  readonly ticks: number;
  /** The connection can be used again. */
  onFree(connection: Connection): void;
  /** The free connection is dying: it must not be used in what is left of this turn, before it is closed. */
  onDying(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** A server may leave the body of such a request unread, and take it for the next one. */
const bodilessMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "DELETE"]);

export class Connection {
  /** How long the upstream keeps it when idle, by its own word. */
  keepAliveMs: number | undefined;
  /** The tick at which it was set free, or began to wait for an answer. */
  since = 0;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  #handler: AnswerHandler | undefined;
  #ask: Ask | undefined;
  #standing = false;
  #served = false;
  #sent = true;
  /** Of a request with a body. */
  #headSent = false;
  #answered = false;
  #stopUpload: (() => void) | undefined;
  #error: Error | undefined;

  /** `established` is the socket's event that says it stands. What is read from the socket is to be given to `feed`. */
  constructor(owner: ConnectionOwner, socket: Socket, established: "connect" | "secureConnect") {
    this.#owner = owner;
    this.#socket = socket;
    if (established === "connect") hearOut(socket, () => this.#onFailedWrite());
    socket.once(established, () => this.#onStanding());
    socket.on("error", (error) => {
      this.#error ??= error;
      if (this.#handler === undefined) this.#owner.onDying(this);
    });
    socket.on("end", () => this.#onEnd());
    socket.on("close", () => this.#onClose());
  }

  /** Sends a request; the connection must be new or free. */
  send(ask: Ask, handler: AnswerHandler): void {
    this.#handler = handler;
    this.#ask = ask;
    this.#answered = false;
    this.#headSent = false;
    this.#sent = ask.body === undefined;
    this.since = this.#owner.ticks;
    this.#reader.begin(handler, ask.method === "HEAD");
    if (this.#sent) {
      this.#socket.write(ask.head, "latin1");
      return;
    }
    // The head, and what of the body has come with the client's head, leave in one write.
    this.#socket.cork();
    process.nextTick(uncork, this.#socket);
    this.#socket.write(ask.head, "latin1", (error) => {
      this.#headSent = !error;
    });
    if (this.#standing) this.#beginBody();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Breaks the connection; its handler hears no more. */
  destroy(): void {
    this.#handler = undefined;
    this.#reader.leave();
    this.#stopUpload?.();
    this.#die();
  }

  /**
   * Ends an exchange whose answer has not begun within `limit` ticks; 0 is none. Interim answers begin nothing. The time in which the connection is made,
   * the client does not send its body, or the upstream takes it, however slowly, does not count.
   */
  sweep(limit: number): void {
    if (this.#handler === undefined || this.#reader.head !== undefined || limit === 0) return;
    const waiting = this.#standing && (this.#sent || this.#socket.writableNeedDrain);
    if (!waiting) this.since = this.#owner.ticks;
    else if (this.#owner.ticks - this.since > limit) {
      this.#fail(new AnswerFault("ANSWER_LATE", "the answer did not begin in time"));
    }
  }

  /** Takes what was read from the socket: the bytes from `start` to `end`, lent for the call. */
  feed(bytes: Buffer, start: number, end: number): void {
    const handler = this.#handler;
    if (handler === undefined) {
      this.#die();
      return;
    }
    this.#answered = true;
    try {
      const at = this.#reader.read(bytes, start, end);
      if (this.#handler !== handler) return;
      if (this.#reader.ended) this.#complete(handler, at === end);
      else handler.onCaughtUp();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)), handler);
    }
  }

  /** `exact` when nothing came behind the answer. */
  #complete(handler: AnswerHandler, exact: boolean): void {
    const { head, trailers } = this.#reader;
    const keep = exact && head?.persistent === true && this.#sent && !this.#hadUnusualBody();
    if (!keep) this.#stopUpload?.();
    this.#handler = undefined;
    // Otherwise an idle connection would hold its last exchange, both sockets' messages and all, until the next.
    this.#ask = undefined;
    this.#stopUpload = undefined;
    this.#reader.leave();
    if (keep) {
      this.#served = true;
      this.keepAliveMs = head.keepAliveMs;
      // The last bytes may have filled the buffer of their client: nobody else is to wait for that.
      if (this.#socket.isPaused()) this.#socket.resume();
      this.#owner.onFree(this);
    } else this.#socket.destroy();
    handler.onEnd(trailers);
  }

  #hadUnusualBody(): boolean {
    return this.#ask?.body !== undefined && bodilessMethods.has(this.#ask.method);
  }

  #fail(error: Error, handler = this.#handler): void {
    const met = this.#answered ? "answering" : this.#served ? "stale" : "unanswered";
    this.destroy();
    handler?.onFault(error, met);
  }

  #onStanding(): void {
    this.#standing = true;
    this.since = this.#owner.ticks;
    this.#beginBody();
  }

  #beginBody(): void {
    const body = this.#ask?.body;
    if (body === undefined || this.#handler === undefined) return;
    this.#handler.onBodyWanted();
    this.#stopUpload = startUpload(body, this.#socket, this.#ask?.chunked === true, (last) => {
      this.#sent = last;
      this.since = this.#owner.ticks;
    });
  }

  /** True when what the upstream has said is to be read all the same: to this request, and not before it came. */
  #onFailedWrite(): boolean {
    if (!this.#headSent) return false;
    this.#stopUpload?.();
    this.#sent = false;
    return true;
  }

  /** The upstream has ended its side: the end of an answer that told no other, a break of any that did. */
  #onEnd(): void {
    const closing = this.#reader.head?.framing === "closing" && this.#error === undefined;
    if (this.#handler !== undefined && closing) this.#complete(this.#handler, false);
    else this.#die();
  }

  #die(): void {
    if (this.#handler === undefined) this.#owner.onDying(this);
    this.#socket.destroy();
  }

  #onClose(): void {
    this.#owner.onClosed(this);
    if (this.#handler === undefined) return;
    this.#fail(this.#error ?? new AnswerFault("ANSWER_BROKE_OFF", "the connection was closed"));
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
