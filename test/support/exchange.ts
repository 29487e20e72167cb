/** Builds the Exchange of a test from the few parts that the test is about; everything else is a plain default. */
import type { Exchange, RequestHeaders } from "../../src/http/exchange.ts";
import { makeBase, type PublicBase } from "../../src/http/public-base.ts";
import { parseTarget } from "../../src/http/target.ts";

export interface ExchangeParts {
  readonly id?: string;
  readonly method?: string;
  /** The raw request target. Default `/`. */
  readonly url?: string;
  /** Lower-case names. `host` and `cookie` are filled in from `base` and `cookie`. */
  readonly headers?: RequestHeaders;
  /** The `Cookie` header. */
  readonly cookie?: string;
  readonly base?: PublicBase;
  /** Shorthand for a base. Defaults: `https`, `gate.example`, no prefix. */
  readonly scheme?: "http" | "https";
  readonly host?: string;
  readonly prefix?: string;
  readonly clientAddress?: string;
  readonly peerTrusted?: boolean;
}

export function exchange(parts: ExchangeParts = {}): Exchange {
  const base =
    parts.base ??
    makeBase(parts.scheme ?? "https", parts.host ?? "gate.example", parts.prefix ?? "");
  const url = parts.url ?? "/";
  const target = parseTarget(url, { value: base.prefix, fromHeader: false, keep: false });
  if (target === undefined) throw new Error(`no target can be made of ${JSON.stringify(url)}`);
  const headers: RequestHeaders = {
    host: base.host,
    ...(parts.cookie === undefined ? {} : { cookie: parts.cookie }),
    ...parts.headers,
  };
  return {
    id: parts.id ?? "test-request",
    method: parts.method ?? "GET",
    target,
    headers,
    cookieHeader: typeof headers["cookie"] === "string" ? headers["cookie"] : "",
    base,
    clientAddress: parts.clientAddress ?? "203.0.113.7",
    peerTrusted: parts.peerTrusted ?? false,
  };
}
