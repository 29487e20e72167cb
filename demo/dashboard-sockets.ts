/**
 * The sample dashboard's WebSockets: `/ws`, a clock that first says what it saw of the handshake, and `/ws/echo`, which
 * sends back every message as it came, text or binary.
 */
import type { IncomingMessage, Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { viewerOf } from "./viewer.ts";

/** Answers upgrades of the server. `close` cuts every open socket. */
export function openSockets(server: Server, beatMs: number): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });
  const kinds = new Map([
    ["/ws", (socket: WebSocket, request: IncomingMessage) => tick(socket, request, beatMs)],
    ["/ws/echo", sendBack],
  ]);
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const kind = kinds.get(request.url?.split("?")[0] ?? "");
    if (kind === undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => opened.terminate());
      kind(opened, request);
    });
  });
  return {
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

function tick(socket: WebSocket, request: IncomingMessage, beatMs: number): void {
  const { url, rawHeaders, headers } = request;
  socket.send(
    JSON.stringify({ kind: "hello", target: url, headers: rawHeaders, viewer: viewerOf(headers) }),
  );
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    socket.send(JSON.stringify({ kind: "tick", count, time: new Date().toISOString() }));
  }, beatMs);
  socket.on("close", () => clearInterval(timer));
}

function sendBack(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}
