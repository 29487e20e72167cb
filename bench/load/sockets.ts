/** Opens WebSockets by hand: a library's own work per message would be as large as what is measured. */
import { connect, type Socket } from "node:net";
import { createFrameCounter } from "./frames.ts";

export interface SocketTarget {
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OpenSocket {
  readonly socket: Socket;
  /** Is told every frame that comes from here on. */
  onFrame(listener: () => void): void;
}

/** The text of a request with these fields. */
export function requestHead(
  method: string,
  { origin, path, headers }: SocketTarget,
  more: Readonly<Record<string, string>> = {},
): string {
  const fields = { Host: new URL(origin).host, ...headers, ...more };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Fails when anything but a 101 comes. */
export function openSocket(target: SocketTarget): Promise<OpenSocket> {
  const { hostname, port } = new URL(target.origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let listener = (): void => {};
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onHead);
      const status = head.toString("latin1", 9, 12);
      if (status !== "101") {
        socket.destroy();
        reject(new Error(`${target.origin}${target.path} answered ${status} to an upgrade`));
        return;
      }
      const counter = createFrameCounter(() => listener());
      socket.on("data", counter);
      counter(head.subarray(end + 4));
      resolve({
        socket,
        onFrame(next) {
          listener = next;
        },
      });
    };
    socket.on("data", onHead);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before the answer to an upgrade")));
    socket.write(
      requestHead("GET", target, {
        Origin: target.origin,
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      }),
    );
  });
}
