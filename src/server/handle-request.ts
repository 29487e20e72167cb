/**
 * One HTTP request from its head to its verdict, and the act that the verdict asks for. Every error on the way ends in a
 * refusal, never in a forward (S9, S100).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { GateError, toGateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Gate } from "../gate/gate.ts";
import type { Outcome, Verdict } from "../gate/verdict.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Reply } from "../http/reply.ts";
import type { Upstream } from "../proxy/contract.ts";
import type { AccessLog, AccessSubject } from "./access.ts";
import { answer } from "./answer.ts";
import { logFailure } from "./failure.ts";
import type { ReadExchange } from "./read-exchange.ts";
import { guardBody, type Upload } from "./slow-body.ts";

export interface RequestParts {
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly readExchange: ReadExchange;
  readonly ownBodyBytes: number;
  readonly bodyIdleTimeoutMs: number;
  /** True once the gate, which stops, takes no new connection: none is kept then. */
  readonly refusing: () => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly accessLog: AccessLog;
}

/** What `Expect` says: nothing, `100-continue`, or something that nobody here can meet (RFC 9110, 10.1.1). */
export type Expectation = "nothing" | "continue" | "other";

export type HandleRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  expects: Expectation,
) => void;

export function createRequestHandler(parts: RequestParts): HandleRequest {
  const { gate, upstream, readExchange, ownBodyBytes, bodyIdleTimeoutMs } = parts;
  const { refusing, runtime, log, accessLog } = parts;

  return function handleRequest(request, response, expects) {
    const startedAt = runtime.now();
    if (refusing()) response.shouldKeepAlive = false;
    const expectsContinue = expects === "continue";
    const read = readExchange(request);
    if (read.kind === "refused") {
      const { reply, subject, close } = read;
      response.on("close", () => {
        accessLog({ ...subject, startedAt }, statusOf(response), "refused");
      });
      const { requestId } = subject;
      answer(request, response, reply, { requestId, close, ownBodyBytes: 0, expectsContinue });
      return;
    }
    const { exchange } = read;
    const turn: Turn = {
      request,
      response,
      exchange,
      expectsContinue,
      outcome: "refused",
      answered: undefined,
    };
    response.on("close", () => {
      const status = turn.answered ?? statusOf(response);
      accessLog(subjectOf(exchange, startedAt), status, turn.outcome);
    });
    if (expects === "other") {
      fail(turn, new GateError("expectation_failed"));
      return;
    }
    try {
      const verdict = gate.admit(exchange);
      if (verdict instanceof Promise) actLater(turn, verdict);
      else act(turn, verdict);
    } catch (error) {
      fail(turn, toGateError(error));
    }
  };

  function actLater(turn: Turn, verdict: Promise<Verdict>): void {
    verdict
      .then((found) => act(turn, found))
      .catch((error: unknown) => fail(turn, toGateError(error)));
  }

  function act(turn: Turn, verdict: Verdict): void {
    const { request, response, exchange } = turn;
    turn.outcome = verdict.outcome;
    if (verdict.kind === "reply") {
      reply(turn, verdict.reply, verdict.outcome === "own" ? ownBodyBytes : 0);
      return;
    }
    if (response.destroyed) return;
    // From here on the client may have been told to go on, and send until it is answered.
    turn.expectsContinue = false;
    guardBody(turn, bodyIdleTimeoutMs, exchange.id);
    upstream.forward(request, response, exchange, verdict.admission, (error) => fail(turn, error));
  }

  function fail(turn: Turn, error: GateError): void {
    logFailure(log, turn.exchange, error);
    reply(turn, gate.refusals.ofError(turn.exchange, error), 0);
  }

  function reply(turn: Turn, value: Reply, bodyBytes: number): void {
    const { request, response, exchange, expectsContinue } = turn;
    answer(request, response, value, {
      requestId: exchange.id,
      close: false,
      ownBodyBytes: bodyBytes,
      expectsContinue,
    });
  }
}

interface Turn extends Upload {
  readonly exchange: Exchange;
  /** The client waits for word before it sends its body. */
  expectsContinue: boolean;
  /** Until there is a verdict, and when there is none: refused. */
  outcome: Outcome;
}

function subjectOf(exchange: Exchange, startedAt: number): AccessSubject {
  const { id, clientAddress, method, target } = exchange;
  return { requestId: id, clientAddress, method, path: target.path, startedAt };
}

/** 499: the client left before the answer was whole. */
function statusOf({ writableFinished, statusCode }: ServerResponse): number {
  return writableFinished ? statusCode : 499;
}
