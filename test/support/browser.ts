/**
 * A browser without a screen: a cookie jar, the headers that browsers send with a navigation or a fetch, redirects, forms
 * and WebSockets. Over `node:http` and not `fetch`, which hides Set-Cookie from its user and redirects from its caller.
 */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { type ClientOptions, WebSocket } from "ws";
import { noteTicket } from "./evidence.ts";
import { createJar, type Jar } from "./jar.ts";
import { firstForm } from "./page.ts";

export interface BrowserOptions {
  /** `http://127.0.0.1:port` or `https://127.0.0.1:port` that really answers for an origin, such as `https://example.com`. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly jar?: Jar;
  /** The certificate, as PEM, that is believed where a place speaks TLS. Default: the machine's. */
  readonly ca?: string;
  /** The address to connect from. Default: the system's choice. */
  readonly localAddress?: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Answer {
  /** The address that gave this answer. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  /** Why the jar refused a cookie, for each that it did. */
  readonly refusedCookies: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  json(): unknown;
}

export interface Browser {
  readonly jar: Jar;
  /** A request of a page's script: one answer, no redirect followed. */
  fetch(url: string, ask?: Ask): Promise<Answer>;
  /** As `fetch`, with the answer's body still to be read. */
  stream(url: string, ask?: Ask): Promise<IncomingMessage>;
  /** A navigation: redirects are followed, at most 10. `hops` are the answers in order. */
  visit(url: string, ask?: Ask): Promise<Answer & { readonly hops: readonly Answer[] }>;
  /** One step of a navigation: the first answer, redirect or not. */
  step(url: string, ask?: Ask): Promise<Answer>;
  /** Fills in the page's first form and sends it as a navigation. */
  submit(
    page: Answer,
    fields?: Readonly<Record<string, string>>,
  ): Promise<Answer & { readonly hops: readonly Answer[] }>;
  /** Opens a WebSocket with the jar's cookies and the page's Origin. Headers given here replace these; `""` drops one. */
  socket(
    url: string,
    options?: {
      readonly protocols?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): WebSocket;
  /** Closes the kept connections. */
  close(): void;
}

/** What a browser sends with a page navigation. */
export const navigation = {
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "sec-fetch-site": "none",
  accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
} as const;

/** A browser with an empty jar. */
export function createBrowser(options: BrowserOptions = {}): Browser {
  const jar = options.jar ?? createJar();
  const { ca, localAddress } = options;
  const connection = { keepAlive: true, ...(localAddress !== undefined && { localAddress }) };
  const agent = new Agent(connection);
  const tlsAgent = new TlsAgent({ ...connection, ...(ca !== undefined && { ca }) });
  const route = (url: URL): URL => new URL(options.hosts?.[url.origin] ?? url.origin);

  function stream(address: string, ask: Ask = {}): Promise<IncomingMessage> {
    const url = new URL(address);
    const place = route(url);
    const cookie = jar.header(url);
    const headers: Record<string, string> = { host: url.host, accept: "*/*", ...ask.headers };
    if (cookie !== "" && headers["cookie"] === undefined) headers["cookie"] = cookie;
    if (ask.body !== undefined) headers["content-length"] ??= String(Buffer.byteLength(ask.body));
    return new Promise((resolve, reject) => {
      const tls = place.protocol === "https:";
      const sent = (tls ? tlsRequest : request)(
        {
          ...(tls ? { agent: tlsAgent, servername: url.hostname } : { agent }),
          host: place.hostname,
          port: place.port,
          method: ask.method ?? "GET",
          path: rawTarget(address),
          headers,
          // As much as browsers take, not node's 16 KiB.
          maxHeaderSize: 262_144,
        },
        resolve,
      );
      sent.on("error", reject);
      sent.end(ask.body);
    });
  }

  async function fetchOne(address: string, ask: Ask = {}): Promise<Answer> {
    const message = await stream(address, ask);
    const setCookies = message.headers["set-cookie"] ?? [];
    const refused = setCookies.map((value) => jar.set(new URL(address), value));
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = body.toString("utf8");
    noteTicket(text);
    return {
      url: address,
      status: message.statusCode ?? 0,
      headers: message.headers,
      setCookies,
      refusedCookies: refused.filter((reason) => reason !== undefined),
      body,
      text,
      json: () => JSON.parse(text),
    };
  }

  const step = (address: string, ask: Ask = {}): Promise<Answer> =>
    fetchOne(address, { ...ask, headers: { ...navigation, ...ask.headers } });

  async function visit(address: string, ask: Ask = {}) {
    const hops: Answer[] = [await step(address, ask)];
    for (;;) {
      const last = hops.at(-1);
      if (last === undefined) throw new Error("no answer");
      const location = last.headers.location;
      if (location === undefined || last.status < 300 || last.status > 399) {
        return { ...last, hops };
      }
      if (hops.length > 10) throw new Error(`more than 10 redirects, the last to ${location}`);
      hops.push(await step(new URL(location, last.url).href));
    }
  }

  return {
    jar,
    fetch: fetchOne,
    stream,
    step,
    visit,
    submit(page, fields = {}) {
      const form = firstForm(page.text, page.url);
      const body = new URLSearchParams({ ...form.fields, ...fields }).toString();
      const origin = new URL(page.url).origin;
      if (form.method === "GET") return visit(`${form.action}?${body}`);
      return visit(form.action, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          "sec-fetch-site": new URL(form.action).origin === origin ? "same-origin" : "cross-site",
          origin,
        },
      });
    },
    socket(address, { protocols = [], headers = {} } = {}) {
      const url = new URL(address.replace(/^ws/, "http"));
      const place = route(url);
      const all: Record<string, string> = {
        host: url.host,
        origin: url.origin,
        cookie: jar.header(url),
        ...headers,
      };
      const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
      const tls = place.protocol === "https:";
      const settings: ClientOptions & { readonly servername?: string } = {
        headers: kept,
        perMessageDeflate: false,
        ...(localAddress !== undefined && { localAddress }),
        ...(ca !== undefined && { ca }),
        ...(tls && { servername: url.hostname }),
      };
      const scheme = tls ? "wss" : "ws";
      const target = `${scheme}://${place.host}${rawTarget(address)}`;
      return new WebSocket(target, [...protocols], settings);
    },
    close: () => {
      agent.destroy();
      tlsAgent.destroy();
    },
  };
}

/** Path and query exactly as written: `URL` would resolve dot segments away. */
function rawTarget(address: string): string {
  const target = /^[a-z]+:\/\/[^/?#]*([^#]*)/.exec(address)?.[1] ?? "";
  return target.startsWith("/") ? target : `/${target}`;
}
