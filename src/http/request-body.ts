/**
 * What a request's head says of its body, by its framing alone, since a method says nothing of it (RFC 9112, 6.3). One home,
 * so that who answers a request and who forwards it never differ on whether bytes are still to come (S88).
 */
import type { RequestHeaders } from "./exchange.ts";

interface Head {
  readonly headers: RequestHeaders;
}

/** True when a body follows the head: by length or in chunks. */
export function hasBody({ headers }: Head): boolean {
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length !== undefined && length !== "0";
}

/** True when the declared length is within the limit: such a body is read past and the connection kept (S92). */
export function bodyFits({ headers }: Head, limitBytes: number): boolean {
  const length = headers["content-length"];
  return length !== undefined && Number(length) <= limitBytes;
}
