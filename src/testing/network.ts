/**
 * The network between a provider and its service, with the faults that the suite asks for: so that a stand-in for the
 * service need not know how to fail.
 */
import { createHttpClient } from "../base/http-client.ts";
import type { Fetch } from "../base/runtime.ts";
import type { ProviderSubject } from "./subject.ts";

export interface Network extends Pick<ProviderSubject, "tokenCalls" | "fail" | "stop" | "start"> {
  /** What the provider is to call the service by. */
  readonly fetch: Fetch;
}

/** A network on which POSTs to `tokenUrl` count as token calls. `fetch` is the gate's own by default, with its limits (S95). */
export function createNetwork(tokenUrl: string, fetch: Fetch = createHttpClient()): Network {
  let calls = 0;
  let up = true;
  let fault: { readonly status: number; readonly body?: unknown } | undefined;
  return {
    async fetch(url, init) {
      if (!up) throw new TypeError("the network is down");
      if (url !== tokenUrl || init.method !== "POST") return fetch(url, init);
      calls += 1;
      if (fault === undefined) return fetch(url, init);
      const { status, body } = fault;
      return new Response(body === undefined ? null : JSON.stringify(body), { status });
    },
    tokenCalls: () => calls,
    fail(given) {
      fault = given;
    },
    async stop() {
      up = false;
    },
    async start() {
      up = true;
    },
  };
}
