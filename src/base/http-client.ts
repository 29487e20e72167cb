/**
 * Outbound HTTP to identity providers, with every limit that a misbehaving one could break: time, size, redirects and
 * compression (S95). Apart from the proxy's client, which has opposite needs. The whole body is read here, so that nothing
 * later waits on a network.
 */
import { Agent, request } from "undici";
import type { Fetch, FetchInit } from "./runtime.ts";

export interface HttpClientOptions {
  /** Milliseconds for a whole call, redirects and body included. Default 10000. */
  readonly totalTimeoutMs?: number;
  /** Bytes of a body. Default 1 MiB. */
  readonly maxBytes?: number;
}

const redirectStatus = new Set([301, 302, 303, 307, 308]);
const bodilessStatus = new Set([204, 205, 304]);
const maxRedirects = 3;
const connectTimeoutMs = 3_000;

/**
 * A `fetch` that fails on a time-out, an oversized or compressed body and on every transport error. Each call has its own
 * connection: a kept-alive one may die just as a refresh token is sent over it, which cannot be sent again (S61).
 * Redirects are answers like any other, unless a GET asks to `follow` them: then up to three, on the same origin.
 */
export function createHttpClient(options: HttpClientOptions = {}): Fetch {
  const totalTimeoutMs = options.totalTimeoutMs ?? 10_000;
  const dispatcher = new Agent({
    allowH2: false,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: totalTimeoutMs,
    bodyTimeout: totalTimeoutMs,
    maxResponseSize: options.maxBytes ?? 1_048_576,
  });

  async function call(url: string, init: FetchInit, signal: AbortSignal): Promise<Response> {
    const answer = await request(url, {
      dispatcher,
      method: init.method ?? "GET",
      headers: {
        "user-agent": "hermes-gate",
        ...init.headers,
        "accept-encoding": "identity",
      },
      body: init.body ?? null,
      reset: true,
      signal,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const line of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, line);
    }
    const coding = headers.get("content-encoding") ?? "identity";
    if (coding !== "identity") {
      await answer.body.dump();
      throw new Error(`the answer is ${coding}-encoded although identity was asked for`);
    }
    const bytes = await answer.body.arrayBuffer();
    const body = bodilessStatus.has(answer.statusCode) ? null : bytes;
    return new Response(body, { status: answer.statusCode, headers });
  }

  return async (url, init) => {
    const limit = AbortSignal.timeout(totalTimeoutMs);
    const signal = init.signal === undefined ? limit : AbortSignal.any([limit, init.signal]);
    let target = url;
    let response = await call(target, init, signal);
    for (let hop = 0; hop < maxRedirects && mayFollow(init, response); hop += 1) {
      const next = new URL(response.headers.get("location") ?? "", target);
      if (next.origin !== new URL(url).origin) return response;
      target = next.href;
      response = await call(target, init, signal);
    }
    return response;
  };
}

function mayFollow(init: FetchInit, response: Response): boolean {
  return (
    init.redirect === "follow" &&
    (init.method ?? "GET") === "GET" &&
    redirectStatus.has(response.status) &&
    response.headers.has("location")
  );
}
