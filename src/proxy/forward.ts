/**
 * Forwards one HTTP request and streams the answer (contract 7). The target goes out byte for byte as it was judged (S6); the
 * body is never buffered (S83); nothing is sent twice but a safe request whose kept connection had died unseen.
 */
import { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { hasBody } from "../http/request-body.ts";
import type { Upstream, UpstreamNote, UpstreamOptions } from "./contract.ts";
import { createCopies } from "./copies.ts";
import { createConnections } from "./http1/connections.ts";
import { requestHead } from "./http1/request-head.ts";
import type { Inbound } from "./inbound.ts";
import type { Live } from "./live.ts";
import type { Outbound } from "./outbound.ts";
import { Relay, type RelayParts } from "./relay.ts";
import { createSlots, type Slots } from "./slots.ts";
import { codeOf, showUpstream, upstreamError } from "./upstream-error.ts";

export interface ForwardParts {
  readonly outbound: Outbound;
  readonly inbound: Inbound;
  readonly live: Live;
  readonly log: Log;
  readonly note: UpstreamNote;
}

export interface Forwarder {
  readonly forward: Upstream["forward"];
  /** Resolves when the requests under way have ended. */
  close(): Promise<void>;
}

const repeatable: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** How a connection that the upstream gave up while it was idle dies. */
const deaths: ReadonlySet<string | undefined> = new Set([
  "ANSWER_BROKE_OFF",
  "ECONNRESET",
  "EPIPE",
]);

export function createForward(options: UpstreamOptions, parts: ForwardParts): Forwarder {
  const { address, connections, connectTimeoutMs } = options;
  const { outbound, live, log, note } = parts;
  const upstream = createConnections(options);
  const slots = connections === 0 ? undefined : createSlots(connections, connectTimeoutMs);
  const relayParts: RelayParts = {
    inbound: parts.inbound,
    live,
    copies: createCopies(),
    log,
    note,
    address,
    repeat,
  };

  function send(relay: Relay, fresh: boolean): void {
    const { request, exchange, plan } = relay.on;
    const { method } = exchange;
    const body = hasBody(request) ? request : undefined;
    const chunked = body !== undefined && request.headers["content-length"] === undefined;
    try {
      const fields = outbound(request, exchange, plan, false);
      const head = requestHead(method, plan.target, fields, chunked);
      relay.connection = upstream.send({ head, method, body, chunked }, relay, fresh);
    } catch (error) {
      relay.fail(upstreamError(error, address));
    }
  }

  function repeat(relay: Relay, error: Error): boolean {
    const { request, exchange } = relay.on;
    if (!repeatable.has(exchange.method) || hasBody(request) || !deaths.has(codeOf(error)))
      return false;
    note("retried");
    send(relay, true);
    return true;
  }

  function sendInTurn(relay: Relay, turns: Slots): void {
    if (turns.take()) {
      go();
      return;
    }
    relay.onDone = turns.wait(go, late);
    function go(): void {
      relay.onDone = turns.leave;
      send(relay, false);
    }
    function late(): void {
      const hint = `no connection was free within connect_timeout_ms: upstream_options.connections is ${connections}`;
      log.warn({ requestId: relay.on.exchange.id, upstream: showUpstream(address) }, hint);
      relay.fail(new GateError("upstream_busy", { upstream: showUpstream(address), hint }));
    }
  }

  return {
    forward(request, response, exchange, plan, fail) {
      const relay = new Relay(relayParts, { request, response, exchange, plan, fail });
      if (slots === undefined) send(relay, false);
      else sendInTurn(relay, slots);
    },
    close: upstream.close,
  };
}
