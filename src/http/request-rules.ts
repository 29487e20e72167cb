/**
 * Judges the head of a request in one pass over its raw fields, before anything is made of it. The parser lets through what
 * an upstream may read otherwise (two Hosts, `gzip, chunked`, a coded HTTP/1.0 body, `#` in the target), and a request
 * that two readers cut differently smuggles a second one (S20, S84, S89, S92). What the parser refuses by itself (S85: folded
 * lines, bare line feeds, control bytes, names that are no token) is not looked for again; `test/wire/parser` holds it to that.
 */
import type { ErrorCode } from "../base/errors.ts";
import { parseHost } from "./host.ts";
import { emptyReply, type Reply } from "./reply.ts";

export interface RequestHead {
  /** As sent. */
  readonly method: string;
  /** The raw request target. */
  readonly url: string;
  /** `1.1`, `1.0`; the parser passes others too. */
  readonly httpVersion: string;
  /** Name, value, name, value, as they came. */
  readonly rawHeaders: readonly string[];
}

export interface HeadLimits {
  /** Bytes of all names and values together, four added for each field. */
  readonly maxHeaderBytes: number;
  /** How many fields, a repeated one counted each time. */
  readonly maxHeaderFields: number;
}

export type HeadVerdict =
  /** Well-formed; the target still has to be one that can be forwarded. */
  | { readonly kind: "ok" }
  /** `OPTIONS *` asks the server itself: answered by `optionsReply`, never forwarded (S89). */
  | { readonly kind: "options" }
  /** Answered with the error on a connection that is closed then: where the next request starts is not certain. */
  | { readonly kind: "refused"; readonly code: ErrorCode };

/** What a dashboard may be asked with, for `Allow` fields of the gate as a whole. */
export const allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** The answer to `OPTIONS *`. */
export function optionsReply(): Reply {
  return emptyReply(204, [["Allow", allowedMethods]]);
}

const ok: HeadVerdict = { kind: "ok" };
const options: HeadVerdict = { kind: "options" };
const badRequest: HeadVerdict = { kind: "refused", code: "bad_request" };
const badHost: HeadVerdict = { kind: "refused", code: "bad_host" };
const badTarget: HeadVerdict = { kind: "refused", code: "bad_target" };
const badMethod: HeadVerdict = { kind: "refused", code: "method_not_allowed" };
const tooLarge: HeadVerdict = { kind: "refused", code: "headers_too_large" };

/** What a field adds to its name and value on the wire: colon, space, line end. */
const fieldOverhead = 4;

/** Whether the request can go on. The first rule that it breaks names the error; nothing throws. */
export function judgeHead(head: RequestHead, limits: HeadLimits): HeadVerdict {
  const { method, url, httpVersion, rawHeaders } = head;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return badRequest;
  if (method === "CONNECT" || method === "TRACE") return badMethod;
  if (rawHeaders.length > limits.maxHeaderFields * 2) return tooLarge;

  let bytes = rawHeaders.length * (fieldOverhead / 2);
  let host: string | undefined;
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const value = rawHeaders[i + 1] ?? "";
    bytes += name.length + value.length;
    // By length first: all but a few names are done with here.
    if (name.length === 4 && isNamed(name, "Host", "host")) {
      if (host !== undefined) return badHost;
      host = value;
    } else if (name.length === 14 && isNamed(name, "Content-Length", "content-length")) {
      if (length !== undefined) return badRequest;
      length = value;
    } else if (name.length === 17 && isNamed(name, "Transfer-Encoding", "transfer-encoding")) {
      if (coding !== undefined) return badRequest;
      coding = value;
    }
  }
  if (bytes > limits.maxHeaderBytes) return tooLarge;
  if (host === undefined || parseHost(host) === undefined) return badHost;
  if (!isFramed(length, coding, httpVersion)) return badRequest;
  return judgeForm(method, url);
}

/** One way to tell where the body ends, in its plainest spelling, or none (S84). */
function isFramed(
  length: string | undefined,
  coding: string | undefined,
  httpVersion: string,
): boolean {
  if (coding === undefined) return length === undefined || /^[0-9]{1,15}$/.test(length);
  return length === undefined && httpVersion === "1.1" && coding.toLowerCase() === "chunked";
}

/** Origin form and absolute form go on; whose host the latter names is the reader's question (S89). */
function judgeForm(method: string, url: string): HeadVerdict {
  if (url === "*") return method === "OPTIONS" ? options : badTarget;
  if (url.includes("#")) return badTarget;
  return url.startsWith("/") || /^https?:\/\//i.test(url) ? ok : badTarget;
}

function isNamed(name: string, usual: string, lower: string): boolean {
  return name === usual || name === lower || name.toLowerCase() === lower;
}
