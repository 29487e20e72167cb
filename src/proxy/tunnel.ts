/**
 * Carries a WebSocket: the handshake as the client sent it, less what is the gate's, and after a 101 that proves itself the bytes
 * of both sides. Until that 101 nothing that the client sends after its head leaves the gate, so that a refused
 * handshake cannot be followed by requests that nobody judged (S79). Why `node:http`: ADR 0002.
 */
import { type IncomingMessage, request as openRequest } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Plan, Upstream, UpstreamOptions } from "./contract.ts";
import { createDial } from "./dial.ts";
import type { ForwardParts } from "./forward.ts";
import { handshakeFault } from "./handshake.ts";
import type { InboundHead } from "./inbound.ts";
import type { EndCode } from "./live.ts";
import { logRefusedCookies } from "./refused-cookies.ts";
import { relayRefusal } from "./relay-refusal.ts";
import { splice } from "./splice.ts";
import { invalidAnswer, showUpstream, upstreamError } from "./upstream-error.ts";
import { createWait } from "./wait.ts";

/** Bytes of an answer's header at most. */
const maxAnswerHead = 65536;

export function createTunnel(options: UpstreamOptions, parts: ForwardParts): Upstream["tunnel"] {
  const { address } = options;
  const { outbound, inbound, live, log, note } = parts;
  const dial = createDial(options);

  function readAnswer(answer: IncomingMessage, exchange: Exchange, plan: Plan): InboundHead {
    const head = inbound(answer.rawHeaders, {
      // A 101 is stored by no cache.
      authenticated: plan.identity !== undefined && answer.statusCode !== 101,
      cookies: plan.cookies === undefined ? [] : plan.cookies(),
      trailers: false,
    });
    logRefusedCookies(log, exchange, head.refusedCookies);
    return head;
  }

  return function tunnel(request, socket, head, exchange, plan, fail, answered) {
    const key = request.headers["sec-websocket-key"];
    if (key === undefined) {
      fail(new GateError("bad_request"));
      return;
    }
    prepare(socket);
    const handshake = openRequest({
      createConnection: () => prepare(dial.open(true)),
      method: "GET",
      path: plan.target,
      headers: outbound(request, exchange, plan, true),
      setHost: false,
      maxHeaderSize: maxAnswerHead,
    });
    const wait = createWait({
      socket,
      timeoutMs: options.upgradeTimeoutMs,
      onLate: () => giveUp(tooSlow(options)),
      onGone: leave,
    });
    const end = (code: EndCode) => (code === 1012 ? leave() : giveUp(endedMeanwhile(code)));
    wait.whenSettled(live.add(plan.stream, { kind: "handshake", end }, live.moment));

    function giveUp(error: GateError): void {
      if (wait.settle()) refuse(error);
    }

    /** Without an answer. A gate that stops leaves so, and a proxy asks the next one. */
    function leave(): void {
      if (!wait.settle()) return;
      handshake.destroy();
      socket.destroy();
    }

    function refuse(error: GateError): void {
      handshake.destroy();
      note(error.code);
      fail(error);
    }

    handshake.on("error", (error) => giveUp(upstreamError(error, address)));
    handshake.on("response", (answer) => {
      if (!wait.settle()) return;
      try {
        relayRefusal(request, socket, answer, readAnswer(answer, exchange, plan));
      } catch (error) {
        refuse(upstreamError(error, address));
        return;
      }
      answered(answer.statusCode ?? 502);
    });
    handshake.on("upgrade", (answer, upstream, upstreamHead) => {
      const fault = handshakeFault(answer.headers, key);
      if (fault !== undefined) giveUp(invalidAnswer(fault, address));
      if (fault !== undefined || !wait.settle()) {
        upstream.destroy();
        return;
      }
      socket.write(switchingHead(answer, readAnswer(answer, exchange, plan).headers), "latin1");
      answered(101);
      if (head.length > 0) upstream.write(head);
      const { halfOpenMs } = options;
      const stream = splice(socket, upstream, { upstreamHead, halfOpenMs });
      socket.once("close", live.add(plan.stream, stream, live.moment));
    });
    handshake.end();
  };
}

/** The head of the 101: ours is the upgrade itself, all else the upstream's in its own order and spelling. */
function switchingHead(answer: IncomingMessage, headers: readonly string[]): string {
  let text = `HTTP/1.1 101 ${answer.statusMessage ?? ""}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? "";
    // A 101 has no body to measure (RFC 9110, 8.6).
    if (name.toLowerCase() === "content-length") continue;
    text += `${name}: ${headers[at + 1] ?? ""}\r\n`;
  }
  return `${text}\r\n`;
}

/** Readies a socket for a long and often silent life. Its error listener comes first: a reset may arrive at any time. */
function prepare<S extends Duplex>(socket: S): S {
  socket.on("error", () => socket.destroy());
  if (socket instanceof Socket) socket.setNoDelay(true).setKeepAlive(true, 30_000).setTimeout(0);
  return socket;
}

function tooSlow({ address }: UpstreamOptions): GateError {
  const hint = "no answer to the upgrade within upstream_options.upgrade_timeout_ms";
  return new GateError("upstream_timeout", { upstream: showUpstream(address), hint });
}

function endedMeanwhile(code: 4401 | 4403): GateError {
  return new GateError(code === 4403 ? "access_denied" : "session_expired");
}
