/**
 * One request on its way to the upstream and its answer on the way back, as the connection tells it. A class, since it is the
 * hot path. It keeps two promises: the client's end and the upstream's end break together, and what broke never looks
 * like a clean end (S87, S100).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Fail, Plan, UpstreamAddress, UpstreamNote } from "./contract.ts";
import type { Copies } from "./copies.ts";
import type { AnswerHead } from "./http1/answer-head.ts";
import type { AnswerHandler, Connection, Met } from "./http1/connection.ts";
import type { Inbound } from "./inbound.ts";
import { expectsContinue, writeInformation } from "./information.ts";
import { breakOff, endAfterUpload, flushHead } from "./last-bytes.ts";
import type { Live, LiveStream } from "./live.ts";
import { logRefusedCookies } from "./refused-cookies.ts";
import { trailersOf } from "./trailers.ts";
import { codeOf, upstreamError } from "./upstream-error.ts";

export interface RelayParts {
  readonly inbound: Inbound;
  readonly live: Live;
  readonly copies: Copies;
  readonly log: Log;
  readonly address: UpstreamAddress;
  readonly note: UpstreamNote;
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

export class Relay implements LiveStream, AnswerHandler {
  readonly on: RelayedExchange;
  /** Called once when the relay is over, however it ended. */
  onDone: (() => void) | undefined;
  /** The connection that carries it, from its sending to its end. */
  connection: Connection | undefined;
  readonly #parts: RelayParts;
  readonly #admitted: number;
  /** Nothing more is to be done: answered, failed, broken or gone. */
  #over = false;
  #headWritten = false;
  /** The head, and a short first piece, wait until all that was read is told: mostly the whole answer, which leaves in one write. */
  #holding = false;
  #held: string | undefined;
  #draining = false;
  #unwatch: (() => void) | undefined;

  constructor(parts: RelayParts, on: RelayedExchange) {
    this.#parts = parts;
    this.on = on;
    this.#admitted = parts.live.moment;
    on.response.on("close", () => this.#clientClosed());
    on.response.on("error", ignore);
  }

  /** Only an event stream is ever taken into care. */
  get kind(): "events" {
    return "events";
  }

  onBodyWanted(): void {
    // Only now, with the upstream's connection standing, is the body wanted (S88).
    if (expectsContinue(this.on.request)) this.on.response.writeContinue();
  }

  onInformation({ status, fields }: AnswerHead): void {
    writeInformation(this.on, status, fields);
  }

  onHead({ status, reason, fields }: AnswerHead): void {
    const { request, response, plan, exchange } = this.on;
    const head = this.#parts.inbound(fields, {
      authenticated: plan.identity !== undefined,
      cookies: plan.cookies === undefined ? NO_COOKIES : plan.cookies(),
      trailers: canTrail(request, status),
    });
    // An answer that came before the whole request leaves the connection in a state that no later request should meet (S88).
    if (!request.complete) head.headers.push("Connection", "close");
    response.writeHead(status, reason, head.headers);
    this.#headWritten = true;
    this.#holding = true;
    if (head.refusedCookies.length > 0) {
      logRefusedCookies(this.#parts.log, exchange, head.refusedCookies);
    }
    if (head.eventStream) {
      this.#unwatch = this.#parts.live.add(plan.stream, this, this.#admitted);
    }
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#holding && this.#held === undefined && end - start <= maxJoined) {
      this.#held = bytes.toString("latin1", start, end);
      return;
    }
    if (this.#held !== undefined) this.onCaughtUp();
    // A long piece takes the head with it.
    this.#holding = false;
    if (!this.#parts.copies.write(this.on.response, bytes, start, end)) this.#waitForClient();
  }

  onEnd(trailers: readonly string[]): void {
    const { request, response } = this.on;
    const held = this.#held;
    this.#holding = false;
    this.#held = undefined;
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(trailersOf(trailers));
    this.#finish();
    if (!request.complete) endAfterUpload(request, response, held);
    else if (held === undefined) response.end();
    else response.end(held, "latin1");
  }

  onFault(error: Error, met: Met): void {
    if (this.#headWritten) {
      this.#break(error);
      return;
    }
    if (met === "stale" && this.#parts.repeat(this, error)) return;
    this.fail(upstreamError(error, this.#parts.address, met === "answering"));
  }

  /** Ends the relay with an error, before any byte of an answer. */
  fail(error: GateError): void {
    this.connection?.destroy();
    this.#finish();
    this.#parts.note(error.code);
    this.on.fail(error);
  }

  /** Ends an event stream: cleanly, and within a second even where the client does not read. */
  end(): void {
    if (this.#over) return;
    const { response } = this.on;
    this.connection?.destroy();
    this.onCaughtUp();
    this.#finish();
    response.end();
    setTimeout(() => response.destroy(), 1000).unref();
  }

  /** Writes what was held back. */
  onCaughtUp(): void {
    if (!this.#holding) return;
    const { response } = this.on;
    const held = this.#held;
    this.#holding = false;
    this.#held = undefined;
    if (held === undefined) flushHead(response);
    else if (!response.write(held, "latin1")) this.#waitForClient();
  }

  /** The answer has begun and cannot be ended well: it must not look as if it had. */
  #break(error: Error): void {
    const fields = { requestId: this.on.exchange.id, reason: codeOf(error), err: error };
    this.#parts.log.warn(fields, "the upstream broke off in the middle of its answer");
    this.#finish();
    this.#parts.note("broke_off");
    breakOff(this.on.response);
  }

  #waitForClient(): void {
    this.connection?.pause();
    if (this.#draining) return;
    this.#draining = true;
    this.on.response.once("drain", () => {
      this.#draining = false;
      this.connection?.resume();
    });
  }

  #clientClosed(): void {
    if (this.#over) return;
    this.connection?.destroy();
    this.#finish();
  }

  /** The connection is others' from here on. */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.connection = undefined;
    this.#unwatch?.();
    this.onDone?.();
  }
}

function ignore(): void {}

/** True when the answer to this request can end in trailers, unless it tells a length (RFC 9112, 7.1.2). */
function canTrail(request: IncomingMessage, status: number): boolean {
  if (request.httpVersionMinor === 0 || request.method === "HEAD") return false;
  return status !== 204 && status !== 304;
}
