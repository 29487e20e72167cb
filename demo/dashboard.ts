/**
 * A small dashboard of the kind that the gate stands in front of: no sign-in of its own, relative addresses, an API, an
 * event stream, uploads, downloads and two WebSockets. It trusts whoever reaches it, so it listens on loopback only.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openSockets } from "./dashboard-sockets.ts";
import { viewerOf } from "./viewer.ts";

export interface DashboardOptions {
  /** Default 0, any free port. */
  readonly port?: number;
  /** How often the identity provider was asked for tokens so far; shown on the page. Default: unknown. */
  readonly rotations?: () => number;
  /** Milliseconds between two ticks of the clock and two events. Default 1000. */
  readonly beatMs?: number;
}

export interface Dashboard {
  /** `127.0.0.1:port`. */
  readonly address: string;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Starts the dashboard. Fails with the listen error when the port is taken. */
export async function startDashboard(options: DashboardOptions = {}): Promise<Dashboard> {
  const beatMs = options.beatMs ?? 1000;
  const routes = new Map<string, Handler>([
    ["/", file("index.html", "text/html; charset=utf-8")],
    ["/style.css", file("style.css", "text/css; charset=utf-8")],
    ["/app.js", file("app.js", "text/javascript; charset=utf-8")],
    ["/api/whoami", (request, response) => json(response, viewerOf(request.headers))],
    ["/api/rotations", (_, response) => json(response, { rotations: options.rotations?.() })],
    ["/api/echo", echo],
    ["/api/upload", receive],
    ["/api/download", send],
    ["/api/events", (request, response) => events(request, response, beatMs)],
  ]);
  const server = createServer((request, response) => {
    const path = pathOf(request);
    const handler = routes.get(path) ?? (path.startsWith("/api/echo/") ? echo : missing);
    (async () => handler(request, response))().catch(() => response.destroy());
  });
  const sockets = openSockets(server, beatMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function file(name: string, type: string): Handler {
  const body = readFileSync(new URL(`dashboard/${name}`, import.meta.url));
  return (_, response) => {
    response.writeHead(200, { "content-type": type, "content-length": body.length });
    response.end(body);
  };
}

/** Tells the caller what arrived here: the target and the header fields as they were sent, in order. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes } = await drain(request);
  json(response, {
    method: request.method,
    target: request.url,
    headers: request.rawHeaders,
    bytes,
  });
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  json(response, await drain(request));
}

async function drain(request: IncomingMessage): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** `?bytes=n` bytes, made as they are read. Default 1 MiB. */
async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = Number(new URLSearchParams(request.url?.split("?")[1]).get("bytes") ?? 1_048_576);
  const size = Number.isSafeInteger(asked) && asked >= 0 ? asked : 0;
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-disposition": 'attachment; filename="sample.bin"',
    "content-length": size,
  });
  await pipeline(Readable.from(blocks(size)), response);
}

function* blocks(size: number): Generator<Buffer> {
  const block = Buffer.alloc(65_536, "hermes-gate ");
  for (let left = size; left > 0; left -= block.length) {
    yield left < block.length ? block.subarray(0, left) : block;
  }
}

function events(request: IncomingMessage, response: ServerResponse, beatMs: number): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.write("retry: 1000\n\n");
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const load = Math.round(50 + 30 * Math.sin(count / 4) + 12 * Math.sin(count * 1.7));
    response.write(`id: ${count}\nevent: beat\ndata: ${JSON.stringify({ count, load })}\n\n`);
  }, beatMs);
  request.once("close", () => clearInterval(timer));
  response.once("close", () => clearInterval(timer));
}

function missing(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" });
  response.end("The sample dashboard has nothing here.\n");
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function pathOf(request: IncomingMessage): string {
  return request.url?.split("?")[0] ?? "/";
}
