/**
 * An upstream that does on the wire exactly what a test tells it, right or wrong: each connection is a script over raw bytes.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { type ByteReader, readBytes } from "./byte-reader.ts";
import { type Message, readMessage } from "./message.ts";

export interface UpstreamConnection extends ByteReader {
  readonly socket: Socket;
  /** Which connection this is, from 1. */
  readonly number: number;
  /** The next request, with its body. */
  request(): Promise<Message>;
  /** The next request's head; its body stays unread. */
  requestHead(): Promise<Message>;
  send(text: string | Buffer): void;
}

export interface RawUpstream {
  readonly port: number;
  readonly origin: string;
  /** Connections taken so far. */
  readonly taken: number;
  /** Connections open now. */
  readonly open: number;
  stop(): Promise<void>;
}

export interface RawUpstreamOptions {
  /** Listens on this Unix socket. */
  readonly path?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Leaves its side open when the peer has ended. Default false. */
  readonly halfOpen?: boolean;
  /** Default 0: any port. */
  readonly port?: number;
}

export type Script = (connection: UpstreamConnection) => Promise<void> | void;

/** Starts the upstream; stopped with the test. A script that throws drops its connection. */
export async function rawUpstream(
  t: TestContext,
  script: Script,
  options: RawUpstreamOptions = {},
): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const onSocket = (socket: Socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const reader = readBytes(socket);
    const connection: UpstreamConnection = {
      ...reader,
      get unread() {
        return reader.unread;
      },
      socket,
      number: taken,
      request: () => readMessage(reader),
      requestHead: () => readMessage(reader, { bodiless: true }),
      send: (text) => {
        socket.write(text, "latin1");
      },
    };
    (async () => script(connection))().catch(() => socket.destroy());
  };
  const server: Server =
    options.tls === undefined
      ? createServer({ allowHalfOpen: options.halfOpen ?? false, noDelay: true }, onSocket)
      : createTlsServer(options.tls, onSocket);
  await new Promise<void>((resolve) => {
    if (options.path !== undefined) server.listen(options.path, resolve);
    else server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  let stopped: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopped ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return stopped;
  }
  t.after(stop);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    origin: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    get taken() {
      return taken;
    },
    get open() {
      return sockets.size;
    },
    stop,
  };
}

/** A script that answers every request on a connection with the same text. */
export function always(answer: string): Script {
  return async (connection) => {
    for (;;) {
      await connection.request();
      connection.send(answer);
    }
  };
}

/** An answer's text with the right Content-Length. */
export function answerText(
  body: string,
  fields: readonly string[] = [],
  status = "200 OK",
): string {
  const head = [
    `HTTP/1.1 ${status}`,
    ...fields,
    `Content-Length: ${Buffer.byteLength(body, "latin1")}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
