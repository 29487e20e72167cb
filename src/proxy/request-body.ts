/**
 * The body of a request as a stream of its own. The HTTP client destroys the stream that it sends; were that the request
 * itself, the client's connection would lose its socket with it, and the rest of an upload could not be read off any more.
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { GateError } from "../base/errors.ts";

/** True when a body follows the head: by length or in chunks. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length !== undefined && length !== "0";
}

/**
 * The request's bytes as they come, held back when the reader is slow. `onWanted` is called before the first is read, which
 * is when the upstream's connection stands. Fails with `bad_request` when the client breaks off. What comes after it was destroyed is thrown away.
 */
export function requestBody(request: IncomingMessage, onWanted: () => void): Readable {
  let wanted = false;
  const body = new Readable({
    highWaterMark: 65536,
    read() {
      if (!wanted) {
        wanted = true;
        onWanted();
        request.on("data", onData);
      }
      request.resume();
    },
    destroy(error, done) {
      request.off("data", onData).off("end", onEnd).off("close", onClose);
      done(error);
    },
  });
  function onData(chunk: Buffer): void {
    if (!body.push(chunk)) request.pause();
  }
  function onEnd(): void {
    body.push(null);
  }
  function onClose(): void {
    if (!request.complete)
      body.destroy(new GateError("bad_request", { hint: "the client broke off its upload" }));
  }
  // Without a listener for errors, and hence no uncaught one, the request reports a broken upload by its close alone.
  request.on("end", onEnd).on("close", onClose);
  return body;
}
