/**
 * The least that forwarding can cost on Node: its server, undici's pool, one pass over the header fields either way. No
 * decision, no session, no log, no care for bodies or failures: a measure of the gate's own share, not a proxy to use.
 */
import { createServer, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";

const [port, upstream] = process.argv.slice(2);
if (port === undefined || upstream === undefined) {
  throw new Error("usage: floor-server.ts PORT UPSTREAM");
}
const pool = new Pool(upstream, { pipelining: 1, allowH2: false, bodyTimeout: 0 });
const ofConnection = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);

class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    const fields = (controller.rawHeaders ?? []) as readonly Buffer[];
    const sent: string[] = [];
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at]?.toString("latin1") ?? "";
      if (!ofConnection.has(name.toLowerCase()))
        sent.push(name, fields[at + 1]?.toString("latin1") ?? "");
    }
    this.#response.writeHead(status, statusText, sent);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#response.write(chunk);
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}

createServer({ optimizeEmptyRequests: true }, (request, response) => {
  const { rawHeaders } = request;
  const sent: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!ofConnection.has(name.toLowerCase())) sent.push(name, rawHeaders[at + 1] ?? "");
  }
  const address = request.socket.remoteAddress ?? "";
  sent.push("X-Forwarded-For", address, "X-Forwarded-Proto", "http");
  sent.push("X-Forwarded-Host", request.headers.host ?? "");
  const path = request.url ?? "/";
  pool.dispatch({ path, method: "GET", headers: sent, body: null }, new Answer(response));
}).listen(Number(port), "127.0.0.1");
