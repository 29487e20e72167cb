/** Whether a request has a body, and whether the gate may read it past: small ones of its own paths (S88, S92). */
import type { IncomingMessage } from "node:http";

export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length !== undefined && length !== "0";
}

/** True when the declared length is within the limit: such a body is read past and the connection kept. */
export function bodyFits(request: IncomingMessage, limitBytes: number): boolean {
  const length = request.headers["content-length"];
  return length !== undefined && Number(length) <= limitBytes;
}
