/**
 * The admin listener's three paths (contract 1, S104): a server of its own, so that what operators may read is never reachable
 * where the dashboard is, and an overload of the one leaves the other answering.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createListener, type ListenAddress } from "./listen.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

export interface AdminParts {
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** Never fails. */
  readonly readiness: () => Promise<Readiness>;
}

interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The admin listener could not be opened; `cause` is the system's error. */
export class AdminListenFailed extends Error {
  override readonly name = "AdminListenFailed";
}

export interface Admin {
  readonly address: string;
  /** Ends the connections under way within a second. */
  close(): Promise<void>;
}

/** Opens it. Fails with AdminListenFailed. */
export async function openAdmin(at: ListenAddress, parts: AdminParts): Promise<Admin> {
  const listener = createListener(createAdminServer(parts));
  try {
    const address = await listener.listen(at);
    return { address, close: () => listener.drain(closeMs) };
  } catch (cause) {
    throw new AdminListenFailed("the admin listener could not be opened", { cause });
  }
}

const closeMs = 1000;

/** Enough for a few scrapers and probes, and no way to use up the process's file descriptors. */
const maxConnections = 64;
const plain = "text/plain; charset=utf-8";

/** `/healthz` while the process lives, `/readyz` 200 or 503 with the reasons, `/metrics` for Prometheus; GET and HEAD. */
export function createAdminServer(parts: AdminParts): Server {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 });
  server.maxConnections = maxConnections;
  server.on("request", (request, response) => {
    answer(request, parts)
      .then((found) => write(request, response, found))
      .catch(() => response.destroy());
  });
  return server;
}

async function answer(request: IncomingMessage, parts: AdminParts): Promise<AdminAnswer> {
  const route = routes.get((request.url ?? "").split("?", 1)[0] ?? "");
  if (route === undefined) return { status: 404, type: plain, body: "not found\n" };
  if (request.method === "GET" || request.method === "HEAD") return route(parts);
  return { status: 405, type: plain, body: "method not allowed\n" };
}

type Route = (parts: AdminParts) => Promise<AdminAnswer>;

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/healthz", async () => ({ status: 200, type: plain, body: "ok\n" })],
  [
    "/readyz",
    async ({ readiness }) => {
      const found = await readiness();
      const body = `${JSON.stringify(found)}\n`;
      return { status: found.ready ? 200 : 503, type: "application/json", body };
    },
  ],
  [
    "/metrics",
    async ({ metrics }) => ({
      status: 200,
      type: metrics.contentType,
      body: await metrics.text(),
    }),
  ],
]);

function write(request: IncomingMessage, response: ServerResponse, found: AdminAnswer): void {
  const body = Buffer.from(found.body, "utf8");
  response.writeHead(found.status, {
    "Content-Type": found.type,
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(found.status === 405 && { Allow: "GET, HEAD" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
