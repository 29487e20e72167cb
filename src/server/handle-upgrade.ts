/**
 * One upgrade from its head to the tunnel or its refusal. The socket's error listener is there before anything else: a
 * client that resets in mid-handshake would otherwise end the process (S100).
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type GateError, toGateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Gate } from "../gate/gate.ts";
import type { Outcome, UpgradeVerdict } from "../gate/verdict.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Upstream } from "../proxy/contract.ts";
import type { AccessLog } from "./access.ts";
import { logFailure } from "./failure.ts";
import type { ReadExchange } from "./read-exchange.ts";
import { createRefuseUpgrade } from "./refuse-upgrade.ts";
import { writeReplyOnSocket } from "./write-reply.ts";

export interface UpgradeParts {
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly readExchange: ReadExchange;
  /** True once the gate, which stops, takes no new connection: nothing is begun then that would be ended at once. */
  readonly refusing: () => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly accessLog: AccessLog;
}

export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function createUpgradeHandler(parts: UpgradeParts): HandleUpgrade {
  const { gate, upstream, readExchange, refusing, runtime, log, accessLog } = parts;
  const refuseUpgrade = createRefuseUpgrade();

  return function handleUpgrade(request, socket, head) {
    socket.on("error", () => socket.destroy());
    const startedAt = runtime.now();
    const read = readExchange(request);
    if (read.kind === "refused") {
      accessLog({ ...read.subject, startedAt }, read.reply.status, "refused");
      writeReplyOnSocket(socket, read.reply, read.subject.requestId);
      return;
    }
    const { exchange } = read;
    const turn: Turn = { request, socket, head, exchange, status: 499, outcome: "refused" };
    socket.once("close", () => note(turn, startedAt));
    if (refusing()) {
      // As an idle connection is: a proxy that gets no answer asks the next gate, and a page comes back.
      socket.destroy();
      return;
    }
    decide(exchange)
      .then((verdict) => act(turn, verdict))
      .catch((error: unknown) => fail(turn, toGateError(error)));
  };

  function act(turn: Turn, verdict: UpgradeVerdict): void {
    const { request, socket, head, exchange } = turn;
    turn.outcome = verdict.outcome;
    if (socket.destroyed) return;
    switch (verdict.kind) {
      case "reply":
        turn.status = verdict.reply.status;
        writeReplyOnSocket(socket, verdict.reply, exchange.id);
        return;
      case "refuse":
        turn.status = verdict.reply.status;
        refuseUpgrade(request, socket, head, verdict, exchange.id);
        return;
      case "forward": {
        const failTurn = (error: GateError) => fail(turn, error);
        const answered = (status: number) => {
          turn.status = status;
        };
        upstream.tunnel(request, socket, head, exchange, verdict.admission, failTurn, answered);
      }
    }
  }

  /** A promise of the verdict, whether the gate throws at once or later. */
  async function decide(exchange: Exchange): Promise<UpgradeVerdict> {
    return gate.admitUpgrade(exchange);
  }

  function fail(turn: Turn, error: GateError): void {
    const { socket, exchange } = turn;
    logFailure(log, exchange, error);
    const reply = gate.refusals.ofError(exchange, error);
    turn.status = reply.status;
    writeReplyOnSocket(socket, reply, exchange.id);
  }

  /** When the socket is closed: a tunnel's line tells how long it stood. */
  function note({ exchange, status, outcome }: Turn, startedAt: number): void {
    const { id, clientAddress, method, target } = exchange;
    const subject = { requestId: id, clientAddress, method, path: target.path, startedAt };
    accessLog(subject, status, outcome);
  }
}

interface Turn {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly exchange: Exchange;
  /** 499 while the client has seen no answer. */
  status: number;
  outcome: Outcome;
}
