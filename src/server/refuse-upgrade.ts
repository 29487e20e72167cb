/**
 * Refuses a WebSocket upgrade in the way its client can read (contract 10). A browser shows a script nothing of a failed
 * handshake but 1006, so its handshake is completed and closed with the reason; a program gets the HTTP answer.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { UpgradeRefusal } from "../gate/verdict.ts";
import { ticketsInProtocols } from "../ticket/extract.ts";
import { writeReplyOnSocket } from "./write-reply.ts";

export type RefuseUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  refusal: UpgradeRefusal,
  requestId: string,
) => void;

/** Milliseconds that a refused browser has to answer the close frame before its socket is cut. */
const closeTimeoutMs = 1000;

export function createRefuseUpgrade(): RefuseUpgrade {
  const closer = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 1024,
    // A browser fails a connection that selects none of the protocols that it offered.
    handleProtocols: (offered) => firstOrdinary(offered) ?? false,
  });
  return function refuseUpgrade(request, socket, head, refusal, requestId) {
    if (request.headers["origin"] === undefined) {
      writeReplyOnSocket(socket, refusal.reply, requestId);
      return;
    }
    // Cookies that are to be cleared, or were rotated, ride on the 101.
    const cookies = refusal.reply.headers.filter(([name]) => name === "Set-Cookie");
    closer.once("headers", (lines) => {
      for (const [name, value] of cookies) lines.push(`${name}: ${value}`);
    });
    closer.handleUpgrade(request, socket, head, (client) => {
      client.on("error", () => client.terminate());
      client.close(refusal.code, refusal.reason);
      const cut = setTimeout(() => client.terminate(), closeTimeoutMs);
      client.once("close", () => clearTimeout(cut));
    });
    closer.removeAllListeners("headers");
  };
}

function firstOrdinary(offered: ReadonlySet<string>): string | undefined {
  for (const protocol of offered) {
    if (ticketsInProtocols(protocol).tickets.length === 0) return protocol;
  }
  return undefined;
}
