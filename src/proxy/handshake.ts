/**
 * The upstream's half of a WebSocket handshake (RFC 6455, 4.2.2): whether its 101 is one. A 101 that does not prove it has
 * understood the request may come from a server that goes on reading HTTP, and what the client sends next would be
 * requests that nobody judged (S79).
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`. */
export function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + guid)
    .digest("base64");
}

/** What is wrong with the header of a 101 for this key, as a sentence for the operator; undefined when it is right. */
export function handshakeFault(headers: IncomingHttpHeaders, key: string): string | undefined {
  if (headers.upgrade?.toLowerCase() !== "websocket") {
    return "its 101 does not say Upgrade: websocket";
  }
  if (!hasToken(headers.connection, "upgrade")) return "its 101 does not say Connection: Upgrade";
  if (headers["sec-websocket-accept"] !== acceptOf(key)) {
    return "its 101 has a wrong Sec-WebSocket-Accept: is it a WebSocket server?";
  }
  return undefined;
}

function hasToken(list: string | undefined, token: string): boolean {
  if (list === undefined) return false;
  return list.split(",").some((entry) => entry.trim().toLowerCase() === token);
}
