/** Whether a body follows the head of a request: by its framing alone, since a method says nothing of it (RFC 9112, 6.3). */
import type { IncomingMessage } from "node:http";

/** True when a body follows the head: by length or in chunks. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length !== undefined && length !== "0";
}
