/**
 * A page without a browser: its globals as far as the browser module uses them, each recording what was done with it. Timers
 * fire when the test says so.
 */
import type { Page } from "../../src/browser/types.ts";

export const base = "https://dash.example/hermes/";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the gate answers below `base`: a list is used up to its last entry, which stays. `undefined` is no connection. */
export type Answers = Record<string, Answer | undefined | (Answer | undefined)[]>;

export interface Timer {
  readonly ms: number;
  readonly run: () => void;
}

export interface FakePage {
  readonly page: Page;
  readonly answers: Answers;
  /** `GET api/auth/me`, in order; paths outside of the base are whole. */
  readonly asked: string[];
  readonly wentTo: string[];
  readonly sockets: FakeSocket[];
  readonly timers: Timer[];
  /** The page is shown again out of the browser's cache. */
  comeBack(): void;
}

/** A connection that the test plays the far side of. */
export class FakeSocket {
  readonly url: string;
  readonly protocols: unknown;
  readonly sent: unknown[] = [];
  readonly closed: unknown[][] = [];
  readonly protocol = "app";
  readonly extensions = "";
  readonly bufferedAmount = 7;
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: object) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: object) => void) | null = null;

  constructor(url: string, protocols: unknown) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(...how: unknown[]): void {
    if (how[0] === 1001) throw new DOMException("the code is not allowed", "InvalidAccessError");
    this.closed.push(how);
  }

  ends(code: number, reason = ""): void {
    this.onclose?.({ code, reason, wasClean: code !== 1006 });
  }
}

/** 401 of the gate, which names the sign-in. */
export function signedOut(loginUrl = "/hermes/login?next=%2Fsessions"): Answer {
  return { ...unmarked(loginUrl), headers: { "x-hermes-gate": "sign-in" } };
}

/** The same envelope from somebody else. */
export function unmarked(loginUrl: string): Answer {
  return { status: 401, body: { error: "unauthenticated", login_url: loginUrl } };
}

export const account = { user_id: "u-1", display_name: "Ada", email: null, groups: [] };

export function createFakePage(answers: Answers = {}): FakePage {
  const asked: string[] = [];
  const wentTo: string[] = [];
  const sockets: FakeSocket[] = [];
  const timers: Timer[] = [];
  const shown: (() => void)[] = [];

  async function fetch(input: string, init: RequestInit = {}): Promise<Response> {
    const path = String(input).replace(base, "");
    asked.push(`${init.method ?? "GET"} ${path}`);
    const given = answers[path];
    const answer = Array.isArray(given) && given.length > 1 ? given.shift() : [given].flat()[0];
    if (answer === undefined) throw new TypeError("Failed to fetch");
    return Response.json(answer.body ?? {}, {
      status: answer.status,
      headers: answer.headers ?? {},
    });
  }

  const globals = {
    fetch,
    WebSocket: class extends FakeSocket {
      constructor(url: string, protocols: unknown) {
        super(url, protocols);
        sockets.push(this);
      }
    },
    location: { assign: (url: string) => void wentTo.push(url) },
    document: { baseURI: "https://dash.example/hermes/sessions/5?tab=1" },
    setTimeout(run: () => void, ms: number) {
      const timer = { run, ms };
      timers.push(timer);
      return timer;
    },
    clearTimeout(timer: Timer) {
      const index = timers.indexOf(timer);
      if (index >= 0) timers.splice(index, 1);
    },
    addEventListener: (_type: string, listener: () => void) => void shown.push(listener),
  };
  return {
    page: globals as unknown as Page,
    ...{ answers, asked, wentTo, sockets, timers },
    comeBack() {
      for (const listener of shown) listener();
    },
  };
}

/** Lets everything happen that waits for promises alone. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
