/**
 * Sends the body of a request on as it comes, in constant memory: what the upstream does not take is held back with the
 * client. The request itself is never destroyed here, since its connection still has an answer to carry.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { freeWritten } from "../free-written.ts";

/**
 * Starts at once. `chunked` frames the body, for one without length. `onMoved` is called when the upstream has taken what was
 * held back, or the last byte is written, which is `last`; a body that the client breaks off never ends. Returns how to stop.
 */
export function startUpload(
  request: IncomingMessage,
  socket: Socket,
  chunked: boolean,
  onMoved: (last: boolean) => void,
): () => void {
  function onData(chunk: Buffer): void {
    if (chunked) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      socket.write(chunk);
      socket.write("\r\n", "latin1");
      socket.uncork();
    } else socket.write(chunk);
    if (socket.writableNeedDrain) request.pause();
    freeWritten(chunk, socket);
  }
  function onDrain(): void {
    onMoved(false);
    request.resume();
  }
  function onEnd(): void {
    stop();
    if (chunked) socket.write("0\r\n\r\n", "latin1");
    onMoved(true);
  }
  function stop(): void {
    request.off("data", onData).off("end", onEnd);
    socket.off("drain", onDrain);
  }
  socket.on("drain", onDrain);
  request.on("data", onData).on("end", onEnd).resume();
  return stop;
}
