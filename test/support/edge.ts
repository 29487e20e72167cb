/**
 * The proxy that stands before a gate: ends TLS (here by name alone), answers below a prefix, and hands on what it was asked
 * with the header fields that such proxies add. With it a test sees the gate as the outside does.
 */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface EdgeOptions {
  /** `http://127.0.0.1:port` of the gate. */
  readonly gate: string;
  /** Below which the outside asks; anything else is the edge's own 404. */
  readonly prefix: string;
  /** Takes the prefix off the path. */
  readonly strip: boolean;
  /** Added to every request. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Edge {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const gate = new URL(options.gate);
  const target = (url: string): string | undefined => {
    if (!url.startsWith(`${options.prefix}/`)) return undefined;
    return options.strip ? url.slice(options.prefix.length) : url;
  };
  const hand = (
    method: string | undefined,
    path: string,
    headers: NodeJS.Dict<string | string[]>,
  ) =>
    request({
      host: gate.hostname,
      port: gate.port,
      method,
      path,
      headers: { ...headers, ...options.headers },
    });

  const server = createServer((incoming, outgoing) => {
    const path = target(incoming.url ?? "");
    if (path === undefined) {
      outgoing.writeHead(404).end("not below the prefix");
      return;
    }
    const onward = hand(incoming.method, path, incoming.headers);
    onward.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", (incoming, socket, head) => {
    socket.on("error", () => socket.destroy());
    const path = target(incoming.url ?? "");
    if (path === undefined) {
      socket.destroy();
      return;
    }
    const onward = hand(incoming.method, path, incoming.headers);
    onward.on("upgrade", (answer, far, farHead) => {
      far.on("error", () => far.destroy());
      const lines = ["HTTP/1.1 101 Switching Protocols"];
      for (let i = 0; i < answer.rawHeaders.length; i += 2) {
        lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
      }
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(farHead);
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    onward.on("error", () => socket.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
