/**
 * One HTTP request from its head to its verdict, and the act that the verdict asks for. Every error on the way ends in a
 * refusal, never in a forward (S9, S100).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type GateError, toGateError } from "../base/errors.ts";
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
import { guardBody } from "./slow-body.ts";

export interface RequestParts {
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly readExchange: ReadExchange;
  readonly ownBodyBytes: number;
  readonly bodyIdleTimeoutMs: number;
  /** True while the gate stops: connections are not kept then. */
  readonly stopping: () => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly accessLog: AccessLog;
}

export type HandleRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
) => void;

export function createRequestHandler(parts: RequestParts): HandleRequest {
  const { gate, upstream, readExchange, ownBodyBytes, bodyIdleTimeoutMs } = parts;
  const { stopping, runtime, log, accessLog } = parts;

  return function handleRequest(request, response, expectsContinue) {
    const startedAt = runtime.now();
    if (stopping()) response.shouldKeepAlive = false;
    const read = readExchange(request);
    if (read.kind === "refused") {
      const { reply, subject, close } = read;
      noteWhenOver(response, { ...subject, startedAt }, "refused");
      const { requestId } = subject;
      answer(request, response, reply, { requestId, close, ownBodyBytes: 0, expectsContinue });
      return;
    }
    const turn = { request, response, exchange: read.exchange, expectsContinue, startedAt };
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = gate.admit(read.exchange);
    } catch (error) {
      refuse(turn, error);
      return;
    }
    if (verdict instanceof Promise) {
      verdict.then((found) => act(turn, found)).catch((error: unknown) => refuse(turn, error));
      return;
    }
    act(turn, verdict);
  };

  function act(turn: Turn, verdict: Verdict): void {
    const { request, response, exchange } = turn;
    noteWhenOver(response, subjectOf(turn), verdict.outcome);
    if (verdict.kind === "reply") {
      reply(turn, verdict.reply, verdict.outcome === "own" ? ownBodyBytes : 0);
      return;
    }
    if (response.destroyed) return;
    guardBody(request, response, bodyIdleTimeoutMs);
    upstream.forward(request, response, exchange, verdict.admission, (error) => fail(turn, error));
  }

  /** The decision itself failed. */
  function refuse(turn: Turn, error: unknown): void {
    noteWhenOver(turn.response, subjectOf(turn), "refused");
    fail(turn, toGateError(error));
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

  function noteWhenOver(response: ServerResponse, subject: AccessSubject, outcome: Outcome): void {
    response.once("close", () => {
      accessLog(subject, response.writableFinished ? response.statusCode : 499, outcome);
    });
  }
}

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: Exchange;
  readonly expectsContinue: boolean;
  readonly startedAt: number;
}

function subjectOf({ exchange, startedAt }: Turn): AccessSubject {
  const { id, clientAddress, method, target } = exchange;
  return { requestId: id, clientAddress, method, path: target.path, startedAt };
}
