/**
 * Makes the Exchange of a request, or the refusal of one that is no well-formed request to us: framing, host, target. The only
 * place where a socket's facts (peer, TLS) become values.
 */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { type ErrorCode, errorCatalogue } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Exchange, RequestHeaders } from "../http/exchange.ts";
import { clientAddress } from "../http/forwarded.ts";
import type { ProxyTrust } from "../http/proxy-trust.ts";
import type { PublicBase } from "../http/public-base.ts";
import { cookieFields, jsonReply, type Reply } from "../http/reply.ts";
import { allowedMethods, type HeadLimits, judgeHead, optionsReply } from "../http/request-rules.ts";
import type { BaseResolver } from "../http/resolve-base.ts";
import { originForm, parseTarget, type Target } from "../http/target.ts";
import type { AccessSubject } from "./access.ts";

export type ReadExchange = (request: IncomingMessage) => ExchangeRead;

export type ExchangeRead =
  | { readonly kind: "exchange"; readonly exchange: Exchange }
  | {
      readonly kind: "refused";
      readonly reply: Reply;
      /** The framing cannot be trusted: the connection is not used again. */
      readonly close: boolean;
      readonly subject: Omit<AccessSubject, "startedAt">;
    };

export interface ReadOptions {
  readonly isTrusted: ProxyTrust;
  readonly resolveBase: BaseResolver;
  readonly limits: HeadLimits;
  /** The base of `public_url`, which is configured and not claimed by a header. */
  readonly publicUrl?: PublicBase;
  /** `upstream_options.prefix`: `keep` leaves a prefix in the forwarded target. */
  readonly keepPrefix: boolean;
  readonly newRequestId: () => string;
  readonly log: Log;
  /** The Set-Cookie values of a 431: they delete what the gate can do without, so that the next request fits (S92). */
  readonly shedCookies: (exchange: Exchange) => readonly string[];
}

/** What a trusted proxy may name a request by, so that one id follows it through both logs. */
const idShape = /^[A-Za-z0-9._~+/=-]{1,128}$/;

/** Never throws: a bug in reading ends in a 500 on a closed connection, not in the end of the process (S9). */
export function createReadExchange(options: ReadOptions): ReadExchange {
  const { isTrusted, resolveBase, limits, publicUrl, keepPrefix, newRequestId, log } = options;

  return function readExchange(request) {
    try {
      return read(request);
    } catch (err) {
      const { method = "", url = "" } = request;
      const requestId = newRequestId();
      log.error({ request_id: requestId, err }, "a request could not be read");
      const subject = { requestId, clientAddress: "unknown", method, path: pathOf(url) };
      return refused(subject, "internal", true);
    }
  };

  function read(request: IncomingMessage): ExchangeRead {
    const { socket, headers } = request;
    const method = request.method ?? "";
    const url = request.url ?? "";
    const peer = socket.remoteAddress;
    const peerTrusted = isTrusted(peer);
    const id = requestId(headers, peerTrusted);
    const forwardedFor = headers["x-forwarded-for"];
    const address = clientAddress(
      peer,
      peerTrusted,
      typeof forwardedFor === "object" ? forwardedFor.join(",") : forwardedFor,
      isTrusted,
    );
    const subject = { requestId: id, clientAddress: address, method, path: pathOf(url) };

    const verdict = judgeHead(
      { method, url, httpVersion: request.httpVersion, rawHeaders: request.rawHeaders },
      limits,
    );
    if (verdict.kind === "options") {
      return { kind: "refused", reply: optionsReply(), close: false, subject };
    }
    if (verdict.kind === "refused" && verdict.code !== "headers_too_large") {
      return refused(subject, verdict.code, true);
    }
    const tls = socket instanceof TLSSocket;
    const base = resolveBase({ tls, headers, peer, peerTrusted, path: url });
    if (base === undefined) return refused(subject, "bad_host", false);
    const target = readTarget(url, base, headers.host?.toLowerCase() ?? "");
    if (target === undefined) return refused(subject, "bad_target", false);
    const exchange: Exchange = {
      id,
      method,
      target,
      headers,
      cookieHeader: headers.cookie ?? "",
      base,
      clientAddress: address,
      peerTrusted,
    };
    if (verdict.kind === "ok") return { kind: "exchange", exchange };
    return refused(subject, verdict.code, true, options.shedCookies(exchange));
  }

  function requestId(headers: RequestHeaders, peerTrusted: boolean): string {
    const given = peerTrusted ? headers["x-request-id"] : undefined;
    return typeof given === "string" && idShape.test(given) ? given : newRequestId();
  }

  /** `host` is the request's own, which names us too: it may differ from that of `public_url`. */
  function readTarget(url: string, base: PublicBase, host: string): Target | undefined {
    const origin = url.startsWith("/") ? url : originForm(url, base.host, host);
    if (origin === undefined) return undefined;
    return parseTarget(origin, {
      value: base.prefix,
      fromHeader: base !== publicUrl,
      keep: keepPrefix,
    });
  }
}

function refused(
  subject: Omit<AccessSubject, "startedAt">,
  code: ErrorCode,
  close: boolean,
  cookies: readonly string[] = [],
): ExchangeRead {
  const { status, text } = errorCatalogue[code];
  const body = { error: code, detail: text, request_id: subject.requestId };
  const fields = cookieFields(cookies);
  if (code === "method_not_allowed") fields.push(["Allow", allowedMethods]);
  return { kind: "refused", reply: jsonReply(status, body, fields), close, subject };
}

function pathOf(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? url : url.slice(0, mark);
}
