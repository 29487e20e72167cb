/** Whether a request is a WebSocket handshake that may be dialled at all: method, version, key, no body (RFC 6455, 4.2.1; S79). */
import type { ErrorCode } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";

// 16 bytes in base64: 22 characters and two of padding.
const keyShape = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** The fault as an error code, undefined when there is none. */
export function judgeHandshake(exchange: Exchange): ErrorCode | undefined {
  const { method, headers } = exchange;
  if (method !== "GET") return "bad_request";
  if (headers["sec-websocket-version"] !== "13") return "upgrade_required";
  const key = headers["sec-websocket-key"];
  if (typeof key !== "string" || !keyShape.test(key)) return "bad_request";
  const length = headers["content-length"];
  if (headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0"))
    return "bad_request";
  return undefined;
}
