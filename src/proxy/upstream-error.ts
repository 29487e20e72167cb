/**
 * What a failure of the upstream is to the client and to the operator. Node, OpenSSL and the reader of answers each have their own codes; here
 * each becomes one of three answers and a sentence that names the mend. Only codes decide, never the text of a message.
 */
import { type ErrorCode, GateError } from "../base/errors.ts";
import type { UpstreamAddress } from "./contract.ts";
import { ConnectTimeout } from "./dial.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
}

const notListening: Meaning = {
  code: "upstream_unreachable",
  hint: "nothing listens there: start the dashboard, or correct upstream",
};
const unknownHost: Meaning = {
  code: "upstream_unreachable",
  hint: "the host name cannot be resolved: correct upstream, or the resolver",
};
const noRoute: Meaning = {
  code: "upstream_unreachable",
  hint: "there is no route to it: correct upstream, or the network",
};
const brokeOff: Meaning = {
  code: "upstream_unreachable",
  hint: "it closed the connection without an answer: look into its own log",
};
const brokeInHead: Meaning = {
  code: "upstream_invalid",
  hint: "its answer broke off before the end of the header, or switched protocols unasked",
};
const distrusted: Meaning = {
  code: "upstream_unreachable",
  hint: "its certificate is not trusted: name its authority in upstream_options.ca_file",
};
const otherName: Meaning = {
  code: "upstream_unreachable",
  hint: "its certificate is for another name: write that name into upstream",
};
const notTls: Meaning = {
  code: "upstream_unreachable",
  hint: "the TLS handshake failed: write http:// instead of https:// if it speaks plain HTTP",
};
const slowConnect: Meaning = {
  code: "upstream_timeout",
  hint: "no connection within upstream_options.connect_timeout_ms",
};
const slowAnswer: Meaning = {
  code: "upstream_timeout",
  hint: "no answer within upstream_options.response_timeout_ms",
};
const malformed: Meaning = {
  code: "upstream_invalid",
  hint: "its answer is not well-formed HTTP/1.1: an https:// upstream written as http:// looks like this too",
};
const headTooLarge: Meaning = {
  code: "upstream_invalid",
  hint: "the header of its answer is larger than 64 KiB",
};
const neverFinal: Meaning = {
  code: "upstream_invalid",
  hint: "it sent more than 100 interim answers (1xx) to one request, and no final one: look into its own log",
};
const unsendable: Meaning = { code: "bad_request", hint: "the request cannot be sent on as it is" };
const stopping: Meaning = { code: "stopping", hint: "the gate is stopping" };

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ["ECONNREFUSED", notListening],
  ["ENOENT", notListening],
  [
    "EACCES",
    { code: "upstream_unreachable", hint: "the socket may not be opened: mend its mode or owner" },
  ],
  ["ENOTFOUND", unknownHost],
  ["EAI_AGAIN", unknownHost],
  ["EHOSTUNREACH", noRoute],
  ["ENETUNREACH", noRoute],
  ["ECONNRESET", brokeOff],
  ["EPIPE", brokeOff],
  ["ANSWER_BROKE_OFF", brokeOff],
  ["ETIMEDOUT", slowConnect],
  ["ANSWER_LATE", slowAnswer],
  ["ANSWER_HEAD_TOO_LARGE", headTooLarge],
  ["ANSWER_NEVER_FINAL", neverFinal],
  ["HPE_HEADER_OVERFLOW", headTooLarge],
  ["ANSWER_MALFORMED", malformed],
  ["ERR_INVALID_CHAR", malformed],
  ["ERR_INVALID_HTTP_TOKEN", malformed],
  ["ERR_HTTP_INVALID_STATUS_CODE", malformed],
  ["REQUEST_UNSENDABLE", unsendable],
  ["CONNECTIONS_CLOSED", stopping],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", distrusted],
  ["SELF_SIGNED_CERT_IN_CHAIN", distrusted],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", distrusted],
  ["UNABLE_TO_GET_ISSUER_CERT", distrusted],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", distrusted],
  [
    "CERT_HAS_EXPIRED",
    { code: "upstream_unreachable", hint: "its certificate has expired: renew it" },
  ],
  ["ERR_TLS_CERT_ALTNAME_INVALID", otherName],
  ["EPROTO", notTls],
]);

/**
 * The GateError for a failure on the way to the upstream's answer, the operator's sentence among its facts. `answered` says
 * that bytes of an answer had come.
 */
export function upstreamError(
  error: unknown,
  address: UpstreamAddress,
  answered = false,
): GateError {
  if (error instanceof GateError) return error;
  const meaning = meaningOf(error);
  const { code, hint } = answered && meaning === brokeOff ? brokeInHead : meaning;
  return new GateError(
    code,
    { upstream: showUpstream(address), hint, reason: codeOf(error) },
    error,
  );
}

/** The upstream's answer is well-formed, but not one that can be passed on. */
export function invalidAnswer(hint: string, address: UpstreamAddress): GateError {
  return new GateError("upstream_invalid", { upstream: showUpstream(address), hint });
}

/** The address as an operator writes it. */
export function showUpstream(address: UpstreamAddress): string {
  return address.socketPath === undefined ? address.origin : `unix:${address.socketPath}`;
}

/** The `code` of a system, TLS or library error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function meaningOf(error: unknown): Meaning {
  if (error instanceof ConnectTimeout) return slowConnect;
  const code = codeOf(error);
  if (code === undefined) return { code: "internal", hint: "this is a bug of the gate" };
  const known = meanings.get(code);
  if (known !== undefined) return known;
  if (code.startsWith("HPE_")) return malformed;
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return notTls;
  return { code: "upstream_unreachable", hint: "the connection to it failed" };
}
