/**
 * Lets the answer of an upstream be read that reset the connection on a body it did not want (413, say, and a close at once). The system
 * keeps the bytes that came before a reset; but Node closes a socket on the first write that fails, and with it what is unread.
 */
import type { Socket } from "node:net";

/**
 * The first write that fails closes this socket only when all that had come has been read, if `onFailedWrite` returns true. Not for
 * TLS, whose reader stops with its writer.
 */
export function hearOut(socket: Socket, onFailedWrite: () => boolean): void {
  const { destroy } = socket;
  let dying = false;
  socket.destroy = (error) => {
    if (dying || !isFailedWrite(error) || !onFailedWrite()) return destroy.call(socket, error);
    dying = true;
    later();
    return socket;

    /** The loop's next turn looks for bytes on every socket, and reads them. */
    function later(): void {
      setImmediate(() => setImmediate(end));
    }
    function end(): void {
      // Who takes the answer is still busy with its beginning.
      if (socket.isPaused()) socket.once("resume", later);
      else destroy.call(socket, error);
    }
  };
}

function isFailedWrite(error: Error | undefined): boolean {
  return error !== undefined && "syscall" in error && error.syscall === "write";
}
