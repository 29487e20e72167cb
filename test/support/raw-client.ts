/** A client that writes bytes and reads bytes: what it sends is what stands in the test. */
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { type ByteReader, readBytes } from "./byte-reader.ts";
import { type Message, readMessage } from "./message.ts";

export interface RawClient extends ByteReader {
  readonly socket: Socket;
  send(text: string | Buffer): void;
  /** The next answer, interim ones too; `bodiless` for one to a HEAD. */
  answer(options?: { readonly bodiless?: boolean }): Promise<Message>;
}

/** Connects to the port on 127.0.0.1, or to the Unix socket. Closed with the test. */
export async function rawClient(t: TestContext, place: number | string): Promise<RawClient> {
  const socket =
    typeof place === "number"
      ? connect({ port: place, host: "127.0.0.1", allowHalfOpen: true })
      : connect({ path: place, allowHalfOpen: true });
  t.after(() => socket.destroy());
  const reader = readBytes(socket);
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  return {
    ...reader,
    get unread() {
      return reader.unread;
    },
    socket,
    send: (text) => {
      socket.write(text, "latin1");
    },
    answer: (options) => readMessage(reader, options),
  };
}

/** A request's text: the lines of its head, and its body. */
export function requestText(lines: readonly string[], body = ""): string {
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
