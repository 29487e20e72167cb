/**
 * The module that a dashboard's pages load from the gate, at `/auth/client.js`: it leads to the sign-in when the session
 * is over, and opens WebSockets with tickets. One file without imports, since it is served as it is. It goes nowhere but to
 * the gate's own sign-in page (S34) and hands no ticket to another origin.
 */

import type { Account, Client, CookieRecord, GateSocket, Page } from "./types.ts";

export type * from "./types.ts";

export const { fetch, ws, ticketUrl, me, logout } = createClient(new URL("../", import.meta.url));

const longestWaitMs = 30_000;
const steadyMs = 5_000;

/** A client of the gate whose own paths stand below `base`, an absolute URL that ends with a slash. */
export function createClient(base: string | URL, page: Page = globalThis): Client {
  const own = (path: string) => new URL(path, base).href;
  const ask = (path: string, method = "GET") => page.fetch(own(path), { method });
  let leaving: Promise<boolean> | undefined;
  // Back from the sign-in by the browser's cache, the page can leave again.
  page.addEventListener?.("pageshow", () => {
    leaving = undefined;
  });

  async function me(): Promise<Account | null> {
    const response = await ask("api/auth/me");
    return response.status === 401 ? null : bodyOf(response);
  }

  /** Whether the page leaves. The session is asked for once more: the call may have gone out without cookies. */
  async function signIn(): Promise<boolean> {
    const response = await ask("api/auth/me");
    if (!isSignInAnswer(response)) return false;
    const target = new URL((await response.json()).login_url, own(""));
    if (target.origin + target.pathname !== own("login")) return false;
    page.location.assign(target.href);
    return true;
  }

  async function follow(): Promise<void> {
    leaving ??= signIn().catch(() => false);
    if (!(await leaving)) leaving = undefined;
  }

  function socketUrl(url: string | URL): string {
    const target = new URL(url, page.document.baseURI);
    target.protocol = target.protocol.replace("http", "ws");
    target.hash = "";
    if (target.origin === new URL(own("").replace("http", "ws")).origin) return target.href;
    throw new TypeError(`no ticket for ${target.origin}`);
  }

  /** The URL with a new ticket, or the status with which the gate gave none; 0 when it could not be asked. */
  async function mint(url: string): Promise<string | number> {
    const response = await ask("api/auth/ws-ticket", "POST").catch(() => undefined);
    const { ticket, error } = (await response?.json().catch(() => undefined)) ?? {};
    if (ticket) return `${url}${url.includes("?") ? "&" : "?"}ticket=${ticket}`;
    // A gate without sign-in makes no tickets and wants none.
    return error === "no_provider" ? url : (response?.status ?? 0);
  }

  function ws(address: string | URL, protocols: string | string[] = []): GateSocket {
    const url = socketUrl(address);
    let socket: WebSocket | undefined;
    let attempts = 0;
    let rejected = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const self = Object.assign(new EventTarget(), {
      ...{ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 },
      ...{ url, readyState: 0, binaryType: "blob" as BinaryType, send, close },
    });
    for (const name of ["protocol", "extensions", "bufferedAmount"] as const) {
      const empty = name === "bufferedAmount" ? 0 : "";
      Object.defineProperty(self, name, { get: () => socket?.[name] ?? empty });
    }

    function tell(event: Event): void {
      (Reflect.get(self, `on${event.type}`) as ((event: Event) => void) | null)?.(event);
      self.dispatchEvent(event);
    }

    function send(data: Parameters<WebSocket["send"]>[0]): void {
      if (self.readyState === 0) throw new DOMException("not connected", "InvalidStateError");
      socket?.send(data);
    }

    function close(code?: number, reason?: string): void {
      // First, since it throws for a code that is not allowed.
      socket?.close(code, reason);
      if (self.readyState > 1) return;
      self.readyState = 2;
      page.clearTimeout(timer);
      if (socket === undefined) end({ code: code ?? 1005, reason: reason ?? "" });
    }

    function end(how: CloseEventInit): void {
      self.readyState = 3;
      tell(new CloseEvent("close", how));
    }

    // A refused browser sees a connection that opens and closes: only what follows shows that it was let in.
    const settle = () => {
      attempts = 0;
      rejected = false;
    };

    async function connect(): Promise<void> {
      const minted = await mint(url);
      if (self.readyState > 1) return;
      if (typeof minted === "number") {
        const code = minted === 401 || minted === 403 ? 4000 + minted : 1013;
        return lost({ code, reason: "no ticket" });
      }
      socket = new page.WebSocket(minted, protocols);
      socket.binaryType = self.binaryType;
      socket.onopen = () => {
        if (self.readyState === 0) self.readyState = 1;
        timer = page.setTimeout(settle, steadyMs);
        tell(new Event("open"));
      };
      socket.onmessage = ({ data, origin }) => {
        settle();
        tell(new MessageEvent("message", { data, origin }));
      };
      socket.onerror = () => tell(new Event("error"));
      socket.onclose = lost;
    }

    async function lost({ code = 0, reason = "", wasClean = false }: CloseEventInit) {
      const how = { code, reason, wasClean };
      page.clearTimeout(timer);
      socket = undefined;
      if (self.readyState > 1 || code === 1000 || code === 4403) return end(how);
      self.readyState = 0;
      tell(new CloseEvent("interrupted", how));
      // A session that lives and is denied a second ticket in a row is none for sockets.
      const denied = code === 4401;
      const asks = (denied && !rejected) || code === 1006;
      const account = asks ? await me().catch(() => undefined) : undefined;
      if (self.readyState > 1) return;
      if (account === null || (denied && rejected)) {
        tell(new Event("expired"));
        return end(how);
      }
      rejected = denied;
      const wait = Math.min(longestWaitMs, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
      attempts += 1;
      timer = page.setTimeout(connect, wait);
    }

    void connect();
    return self as unknown as GateSocket;
  }

  return {
    me,
    ws,
    async fetch(input, init) {
      const response = await page.fetch(input, init);
      if (isSignInAnswer(response)) void follow();
      return response;
    },
    ticketUrl(address) {
      const url = socketUrl(address);
      return async () => {
        const minted = await mint(url);
        return typeof minted === "string" ? minted : url;
      };
    },
    async logout() {
      const { location } = await bodyOf(await ask("auth/logout", "POST"));
      page.location.assign(new URL(location, own("")).href);
    },
  };
}

/** The gate's own 401, never one of the dashboard. */
function isSignInAnswer(response: Response): boolean {
  return response.status === 401 && response.headers.get("x-hermes-gate") === "sign-in";
}

function bodyOf(response: Response) {
  if (response.ok) return response.json();
  throw new Error(`the gate answered ${response.status}`);
}

/**
 * Whether the cookies hold a session, by name alone: an access token's or a refresh token's, since a session whose access
 * token has expired is refreshed by the next request. `prefix` is `session.cookie_prefix`.
 */
export function hasLiveSession(
  cookies: Iterable<CookieRecord>,
  prefix = "hermes_session",
): boolean {
  const names = [`${prefix}_at`, `${prefix}_rt`];
  return [...cookies].some(
    ({ name, value }) => value !== "" && names.includes(name.replace(/^__(?:Host|Secure)-/, "")),
  );
}

/** `<hermes-account>`: "Signed in as ..." and a button to sign out; empty when nobody is. Its looks are the page's. */
function defineAccountElement(): void {
  class AccountElement extends HTMLElement {
    async connectedCallback(): Promise<void> {
      const account = await me();
      if (account === null) return;
      const name = document.createElement("span");
      name.textContent = `Signed in as ${account.display_name ?? account.email ?? account.user_id} `;
      const button = document.createElement("button");
      button.textContent = "Sign out";
      button.type = "button";
      button.onclick = logout;
      this.replaceChildren(name, button);
    }
  }
  customElements.define("hermes-account", AccountElement);
}

// A program reads cookies alone, and a page may load two copies.
if (globalThis.customElements && !customElements.get("hermes-account")) defineAccountElement();
