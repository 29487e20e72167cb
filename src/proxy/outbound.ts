/**
 * The header of the request to the upstream, in one pass over the client's raw list (contract 7). The order of the steps is
 * the security of it: what belongs to the connection goes first, then every name that the gate answers for, and only then
 * is anything set (S22, S23, S24). What is left keeps its order, its case and its bytes.
 */
import { withoutCookies } from "../http/cookie.ts";
import { type Exchange, headerOf } from "../http/exchange.ts";
import type { IdentityOptions, Plan, UpstreamOptions } from "./contract.ts";
import * as action from "./field-actions.ts";
import { createIdentityFields } from "./identity-fields.ts";
import { nominatedBy } from "./nominated.ts";

export interface OutboundOptions
  extends Pick<UpstreamOptions, "address" | "host">,
    IdentityOptions {
  /** True for every name under which the gate itself keeps something in the browser (S26). */
  readonly isGateCookie: (name: string) => boolean;
}

/** What is taken of the incoming message itself. */
export interface OutboundSource {
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** The flat list of names and values to send. `upgrade` is true for a WebSocket handshake. */
export type Outbound = (
  source: OutboundSource,
  exchange: Exchange,
  plan: Plan,
  upgrade: boolean,
) => string[];

export function createOutbound(options: OutboundOptions): Outbound {
  const { address, host, isGateCookie } = options;
  const actionOf = action.createRequestActions(options.identityHeaders.keys());
  const identityFields = createIdentityFields(options);
  const ownHost = host === "upstream";
  const authority = address.origin.slice(address.origin.indexOf("://") + 3);

  return function outbound(source, exchange, plan, upgrade) {
    const { rawHeaders } = source;
    const nominated = nominatedBy(headerOf(exchange, "connection"));
    const sent: string[] = ["Host", ownHost ? authority : hostOf(exchange)];
    let protocolSent = false;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? "";
      const value = rawHeaders[at + 1] ?? "";
      const what = actionOf(name);
      if (what === action.DROP || what === action.HOST) continue;
      if (what === action.LENGTH) {
        sent.push(name, value);
        continue;
      }
      if (nominated.size > 0 && nominated.has(name.toLowerCase())) continue;
      switch (what) {
        case action.PASS:
          sent.push(name, value);
          break;
        case action.COOKIE: {
          const kept = withoutCookies(value, isGateCookie);
          if (kept !== "") sent.push(name, kept);
          break;
        }
        case action.AUTHORIZATION:
          if (plan.accessToken === undefined && plan.dropAuthorization !== true) {
            sent.push(name, value);
          }
          break;
        case action.ORIGIN:
          sent.push(name, ownHost && value === exchange.base.origin ? address.origin : value);
          break;
        case action.PROTOCOL:
          if (plan.protocols === undefined) sent.push(name, value);
          else if (plan.protocols !== "" && !protocolSent) sent.push(name, plan.protocols);
          protocolSent = true;
          break;
      }
    }
    if (upgrade) sent.push("Connection", "Upgrade", "Upgrade", "websocket");
    pushForwarded(sent, source, exchange);
    if (plan.accessToken !== undefined) sent.push("Authorization", `Bearer ${plan.accessToken}`);
    if (plan.identity !== undefined) {
      const fields = identityFields(plan.identity, exchange.base);
      for (let at = 0; at < fields.length; at += 1) sent.push(fields[at] ?? "");
    }
    return sent;
  };
}

function hostOf(exchange: Exchange): string {
  return headerOf(exchange, "host") ?? exchange.base.host;
}

/** The gate's own word on where the request came from; a client's is believed only through a trusted peer (S15). */
function pushForwarded(sent: string[], source: OutboundSource, exchange: Exchange): void {
  const { base, clientAddress } = exchange;
  sent.push("X-Forwarded-For", forwardedFor(source, exchange));
  sent.push("X-Forwarded-Proto", base.scheme, "X-Forwarded-Host", base.host);
  if (base.prefix !== "") sent.push("X-Forwarded-Prefix", base.prefix);
  sent.push("X-Real-IP", clientAddress);
}

/** A trusted peer's list with the peer at its end; anyone else's is replaced by the client's address. */
function forwardedFor(source: OutboundSource, exchange: Exchange): string {
  if (!exchange.peerTrusted) return exchange.clientAddress;
  const came = headerOf(exchange, "x-forwarded-for");
  if (came === undefined || came === "") return exchange.clientAddress;
  const peer = source.socket.remoteAddress;
  // A Unix socket's peer has no address to add.
  if (peer === undefined) return came;
  return `${came}, ${peer.startsWith("::ffff:") ? peer.slice(7) : peer}`;
}
