/** A load: one large body after another, either way. It reads into one buffer, so that it is faster than any subject. */
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { finish, loadOptions } from "./script.ts";
import { requestHead, type SocketTarget } from "./sockets.ts";

export interface TransferOptions extends SocketTarget {
  readonly direction: "download" | "upload";
  /** Of one body. */
  readonly bytes: number;
  /** No new body begins after so long; at least one is moved. */
  readonly seconds: number;
}

export interface TransferResult {
  /** Megabytes (10^6) of bodies. */
  readonly units: number;
  readonly seconds: number;
}

const options = loadOptions<TransferOptions>();
const block = Buffer.alloc(1 << 20);
const { hostname, port } = new URL(options.origin);
const readBuffer = Buffer.alloc(1 << 20);
const startedAt = performance.now();
let moved = 0;
let seconds = 0;
while (seconds < options.seconds) {
  await moveOne();
  moved += options.bytes;
  seconds = (performance.now() - startedAt) / 1000;
}
await finish({ units: moved / 1e6, seconds } satisfies TransferResult);

/** One body on a connection of its own: some subjects close it after each. */
function moveOne(): Promise<void> {
  let head = "";
  let bodyLeft = -1;
  let uploadLeft = options.direction === "upload" ? options.bytes : 0;
  return new Promise((resolve, reject) => {
    const callback = (length: number): boolean => {
      take(length);
      return true;
    };
    const onread = { buffer: readBuffer, callback };
    const socket = connect({ host: hostname, port: Number(port), onread });
    socket.on("drain", send);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection ended in the middle")));
    if (uploadLeft === 0) socket.write(requestHead("GET", options));
    else socket.write(requestHead("POST", options, { "Content-Length": String(uploadLeft) }));
    send();

    function send(): void {
      while (uploadLeft > 0) {
        const length = Math.min(uploadLeft, block.length);
        uploadLeft -= length;
        if (!socket.write(block.subarray(0, length))) return;
      }
    }

    function take(length: number): void {
      let bytes = length;
      if (bodyLeft < 0) {
        head += readBuffer.toString("latin1", 0, length);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        bodyLeft = lengthOf(head.slice(0, end));
        bytes = head.length - end - 4;
      }
      bodyLeft -= bytes;
      if (bodyLeft > 0) return;
      if (uploadLeft > 0) reject(new Error("the answer came before the whole body was sent"));
      resolve();
      socket.destroy();
    }
  });
}

/** The body's length, from a head that has to be that of a good answer. */
function lengthOf(text: string): number {
  const length = /^content-length: *(\d+)/im.exec(text)?.[1];
  const expected = options.direction === "download" ? String(options.bytes) : length;
  if (!text.startsWith("HTTP/1.1 200") || length === undefined || length !== expected) {
    throw new Error(`${options.origin}${options.path} answered: ${text}`);
  }
  return Number(length);
}
