/**
 * Forwards one HTTP request and streams the answer (contract 7). The target goes out byte for byte as it was judged (S6); the
 * body is never buffered (S83); nothing is sent twice but a safe request whose kept connection had died unseen.
 */
import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "undici";
import { GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Upstream, UpstreamNote, UpstreamOptions } from "./contract.ts";
import type { Inbound } from "./inbound.ts";
import type { Live } from "./live.ts";
import type { Outbound } from "./outbound.ts";
import { createPools } from "./pools.ts";
import { Relay, type RelayParts } from "./relay.ts";
import { hasBody, requestBody } from "./request-body.ts";
import { createSlots, type Slots } from "./slots.ts";
import { showUpstream } from "./upstream-error.ts";

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

/** undici takes the name for TLS from the request's Host unless it is told one; the dial decides it (S81). */
type DispatchOptions = Dispatcher.DispatchOptions & { readonly servername: string };

const repeatable: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function createForward(options: UpstreamOptions, parts: ForwardParts): Forwarder {
  const { address, connections, connectTimeoutMs } = options;
  const { outbound, live, log, note } = parts;
  const pools = createPools(options);
  const slots = connections === 0 ? undefined : createSlots(connections, connectTimeoutMs);
  const relayParts: RelayParts = {
    inbound: parts.inbound,
    live,
    log,
    note,
    address,
    broken: () => pools.breaking,
    repeat,
  };

  function dispatchOptions(relay: Relay): DispatchOptions {
    const { request, response, exchange, plan } = relay.on;
    function askForBody(): void {
      // Only now, with the upstream's connection standing, is the body wanted (S88).
      if (expectsContinue(request)) response.writeContinue();
    }
    return {
      path: plan.target,
      method: exchange.method,
      headers: outbound(request, exchange, plan, false),
      body: hasBody(request) ? requestBody(request, askForBody) : null,
      servername: "upstream",
    };
  }

  function send(relay: Relay): void {
    pools.kept.dispatch(dispatchOptions(relay), relay);
  }

  function repeat(relay: Relay, error: Error): boolean {
    const { request, exchange } = relay.on;
    if (!repeatable.has(exchange.method) || hasBody(request) || !pools.diedIdle(error))
      return false;
    note("retried");
    pools.fresh.dispatch({ ...dispatchOptions(relay), reset: true }, relay);
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
      send(relay);
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
      if (slots === undefined) send(relay);
      else sendInTurn(relay, slots);
    },
    close: pools.close,
  };
}

/** The one expectation there is, from a client that can be answered so; the server has refused every other (RFC 9110, 10.1.1). */
function expectsContinue({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor > 0 && headers.expect?.toLowerCase().includes("100-continue") === true;
}
