/**
 * One request on its way to the upstream and its answer on the way back, as the handler that the HTTP client calls. A class, since
 * it is the hot path and the client asks for an object with these methods. It keeps two promises: the client's end and
 * the upstream's end break together, and what broke never looks like a clean end (S87, S100).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Fail, Plan, UpstreamAddress, UpstreamNote } from "./contract.ts";
import type { Inbound } from "./inbound.ts";
import { writeInformation } from "./information.ts";
import { breakOff, endAfterUpload } from "./last-bytes.ts";
import type { Live, LiveStream } from "./live.ts";
import { canTrail, decodeFields, reasonOf } from "./raw-answer.ts";
import { logRefusedCookies } from "./refused-cookies.ts";
import { trailersOf } from "./trailers.ts";
import { codeOf, upstreamError } from "./upstream-error.ts";

/** What the HTTP client hands to its handler, as far as it is used here. */
export interface RelayController {
  readonly rawHeaders?: unknown;
  readonly rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

export interface RelayParts {
  readonly inbound: Inbound;
  readonly live: Live;
  readonly log: Log;
  readonly address: UpstreamAddress;
  readonly note: UpstreamNote;
  /** True when an end that is told now is the death of the connection. */
  readonly broken: () => boolean;
  /** Sends the request once more on a new connection; false when this death does not allow it. */
  readonly repeat: (relay: Relay, error: Error) => boolean;
}

export interface RelayedExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: Exchange;
  readonly plan: Plan;
  readonly fail: Fail;
}

/**
 * A body up to so many bytes is joined to its head as Latin-1 text, which keeps every byte: one write of one piece costs the
 * kernel half of what a gathering write does. A longer one would pay more for the copy.
 */
const maxJoined = 8192;
const NO_COOKIES: readonly string[] = [];
const clientGone = new Error("the client has gone");
const streamEnded = new Error("the stream was ended");

export class Relay implements LiveStream {
  readonly on: RelayedExchange;
  /** Called once when the relay is over, however it ended. */
  onDone: (() => void) | undefined;
  /** A byte of an answer has come: the request must not be sent again. */
  answered = false;
  /** Only an event stream is ever taken into care. */
  get kind(): "events" {
    return "events";
  }
  readonly #parts: RelayParts;
  readonly #admitted: number;
  #controller: RelayController | undefined;
  /** Set when nothing more is to be done: answered, failed, broken or gone. */
  #over = false;
  #headWritten = false;
  /** The head, and a first chunk, wait for the end of the tick: mostly the whole answer comes in one, and leaves in one write. */
  #holding = false;
  #held: Buffer | undefined;
  #draining = false;
  #unwatch: (() => void) | undefined;

  constructor(parts: RelayParts, on: RelayedExchange) {
    this.#parts = parts;
    this.on = on;
    this.#admitted = parts.live.moment;
    on.response.on("close", () => this.#clientClosed());
    on.response.on("error", ignore);
  }

  onRequestStart(controller: RelayController): void {
    if (this.#over) controller.abort(clientGone);
    else this.#controller = controller;
  }

  onResponseStarted(): void {
    this.answered = true;
  }

  onResponseStart(
    controller: RelayController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    if (this.#over) return;
    const rawHeaders = decodeFields(controller.rawHeaders);
    if (status < 200) {
      writeInformation(this.on, status, rawHeaders);
      return;
    }
    const { request, response, plan, exchange } = this.on;
    const head = this.#parts.inbound(rawHeaders, {
      authenticated: plan.identity !== undefined,
      cookies: plan.cookies === undefined ? NO_COOKIES : plan.cookies(),
      trailers: canTrail(request, status),
    });
    // An answer that came before the whole request leaves the connection in a state that no later request should meet (S88).
    if (!request.complete) head.headers.push("Connection", "close");
    response.writeHead(status, reasonOf(status, statusText), head.headers);
    this.#headWritten = true;
    logRefusedCookies(this.#parts.log, exchange, head.refusedCookies);
    this.#holding = true;
    process.nextTick(flush, this);
    if (head.eventStream) {
      this.#unwatch = this.#parts.live.add(plan.stream, this, this.#admitted);
    }
  }

  onResponseData(controller: RelayController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#holding && this.#held === undefined) {
      this.#held = chunk;
      return;
    }
    this.flush();
    if (!this.on.response.write(chunk)) this.#waitForClient(controller);
  }

  onResponseEnd(controller: RelayController): void {
    if (this.#over) return;
    if (this.#parts.broken()) {
      this.#break(undefined);
      return;
    }
    const { request, response } = this.on;
    const held = this.#held;
    this.#holding = false;
    this.#held = undefined;
    const trailers = trailersOf(decodeFields(controller.rawTrailers));
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(trailers);
    this.#finish();
    if (!request.complete) endAfterUpload(request, response, held);
    else if (held === undefined) response.end();
    else if (held.length > maxJoined) response.end(held);
    else response.end(held.toString("latin1"), "latin1");
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#over) return;
    if (!this.#headWritten) {
      if (!this.answered && this.#parts.repeat(this, error)) return;
      this.fail(upstreamError(error, this.#parts.address, this.answered));
      return;
    }
    this.#break(error);
  }

  /** Ends the relay with an error, before any byte of an answer. */
  fail(error: GateError): void {
    this.#finish();
    this.#controller?.abort(error);
    this.#parts.note(error.code);
    this.on.fail(error);
  }

  /** Ends an event stream: cleanly, and within a second even where the client does not read. */
  end(): void {
    if (this.#over) return;
    const { response } = this.on;
    this.flush();
    this.#finish();
    this.#controller?.abort(streamEnded);
    response.end();
    setTimeout(() => response.destroy(), 1000).unref();
  }

  /** Writes what was held back for the end of the tick. */
  flush(): void {
    if (!this.#holding) return;
    const { response } = this.on;
    const held = this.#held;
    this.#holding = false;
    this.#held = undefined;
    if (held === undefined) response.flushHeaders();
    else if (!response.write(held) && this.#controller !== undefined) {
      this.#waitForClient(this.#controller);
    }
  }

  /** The answer has begun and cannot be ended well: it must not look as if it had. */
  #break(error: Error | undefined): void {
    const fields = { requestId: this.on.exchange.id, reason: codeOf(error), err: error };
    this.#parts.log.warn(fields, "the upstream broke off in the middle of its answer");
    this.#finish();
    this.#parts.note("broke_off");
    breakOff(this.on.response);
  }

  #waitForClient(controller: RelayController): void {
    controller.pause();
    if (this.#draining) return;
    this.#draining = true;
    this.on.response.once("drain", () => {
      this.#draining = false;
      controller.resume();
    });
  }

  #clientClosed(): void {
    if (this.#over) return;
    this.#finish();
    this.#controller?.abort(clientGone);
  }

  #finish(): void {
    this.#over = true;
    this.#unwatch?.();
    this.onDone?.();
  }
}

function flush(relay: Relay): void {
  relay.flush();
}

function ignore(): void {}
