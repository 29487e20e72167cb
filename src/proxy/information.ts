/**
 * Interim answers (RFC 9110, 15.2): 102 and 103 are passed on, others are not. Apart from the relay because Node knows two ways
 * to write them, and the older one refuses some.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createInbound } from "./inbound.ts";

// No cookie in an interim answer: it may come more than once, and the gate's own belong to the final one.
const inbound = createInbound({ isGateCookie: () => true });

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Passes an interim answer on where the client knows them (HTTP/1.1) and its final answer has not begun. */
export function writeInformation(
  { request, response }: Turn,
  status: number,
  rawHeaders: readonly string[],
): void {
  if (request.httpVersionMinor === 0 || response.headersSent) return;
  if (status === 102) response.writeProcessing();
  if (status !== 103) return;
  const { headers } = inbound(rawHeaders, { authenticated: false, cookies: [], trailers: false });
  if (typeof response.writeInformation === "function") response.writeInformation(103, headers);
  else writeLinks(response, headers);
}

/** Node before 26.2 knows early hints only as links, and throws at what it takes for none: then they stay away. */
function writeLinks(response: ServerResponse, headers: readonly string[]): void {
  const links: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === "link") links.push(headers[at + 1] ?? "");
  }
  try {
    response.writeEarlyHints({ link: links });
  } catch {
    // A hint that cannot be passed on costs nothing but the hint.
  }
}

/** The one expectation there is, from a client that can be answered so; the server has refused every other (RFC 9110, 10.1.1). */
export function expectsContinue({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor > 0 && headers.expect?.toLowerCase().includes("100-continue") === true;
}
