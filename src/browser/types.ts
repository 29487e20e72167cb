/**
 * What a dashboard's code sees of the browser module. Apart from it since types are not served: the module stays one file
 * without imports.
 */

/** What `/api/auth/me` answers. Times in epoch seconds. */
export interface Account {
  readonly user_id: string;
  readonly email: string | null;
  readonly display_name: string | null;
  readonly org_id: string | null;
  readonly groups: readonly string[];
  readonly provider: string;
  readonly expires_at: number;
}

/** What of the page's globals a client uses. */
export type Page = Pick<
  typeof globalThis,
  "fetch" | "WebSocket" | "location" | "document" | "setTimeout" | "clearTimeout"
> &
  Partial<Pick<typeof globalThis, "addEventListener">>;

/**
 * WebSocket's surface over one connection after another. `interrupted` (a CloseEvent) tells of a connection that is lost and
 * tried again, `expired` that the session is over; `close` comes once, at the end. Between two connections `readyState` is
 * 0 and `send` throws. A new `binaryType` holds from the next connection on.
 */
export interface GateSocket extends WebSocket {
  oninterrupted: ((event: CloseEvent) => void) | null;
  onexpired: ((event: Event) => void) | null;
}

export interface Client {
  /** The browser's `fetch`; when the gate answers that nobody is signed in, the page also goes to the sign-in, once. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A WebSocket that connects again, each time with a new ticket. Throws for a URL of another origin. */
  ws(url: string | URL, protocols?: string | string[]): GateSocket;
  /** For libraries that take an async URL: each call yields the URL with a new ticket, or as it is when none is to be had. */
  ticketUrl(url: string | URL): () => Promise<string>;
  /** Who is signed in, null when nobody is. Rejects when the gate cannot say. */
  me(): Promise<Account | null>;
  /** Ends the session and goes where the gate says. Rejects when it is not ended. */
  logout(): Promise<void>;
}

/** A cookie as a program's cookie store has it, as Electron's `session.cookies.get()`. */
export interface CookieRecord {
  readonly name: string;
  readonly value?: string;
}
