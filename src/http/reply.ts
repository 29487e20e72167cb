/** An answer that the gate makes itself, as a plain value, and the headers that every such answer carries (S105, S107). */

export interface Reply {
  readonly status: number;
  /** In order; a name may stand more than once (`Set-Cookie`). */
  readonly headers: readonly HeaderField[];
  readonly body: string;
}

export type HeaderField = readonly [name: string, value: string];

const always: readonly HeaderField[] = [
  ["Cache-Control", "no-store"],
  ["Vary", "Cookie"],
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "same-origin"],
];

/** A JSON answer. */
export function jsonReply(
  status: number,
  value: unknown,
  headers: readonly HeaderField[] = [],
): Reply {
  return {
    status,
    headers: [...always, ["Content-Type", "application/json; charset=utf-8"], ...headers],
    body: JSON.stringify(value),
  };
}

/** An HTML page. `formTargets` are the origins that a form may lead to beside our own (RFC: CSP3 `form-action`). */
export function htmlReply(
  status: number,
  html: string,
  headers: readonly HeaderField[] = [],
  page: { readonly styleHash?: string; readonly formTargets?: readonly string[] } = {},
): Reply {
  const style = page.styleHash === undefined ? "" : ` style-src '${page.styleHash}';`;
  const forms = ["'self'", ...(page.formTargets ?? [])].join(" ");
  const policy = `default-src 'none';${style} img-src 'self' data:; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`;
  return {
    status,
    headers: [
      ...always,
      ["Content-Type", "text/html; charset=utf-8"],
      ["Content-Security-Policy", policy],
      ["X-Frame-Options", "DENY"],
      ...headers,
    ],
    body: html,
  };
}

/** A JavaScript module. */
export function scriptReply(script: string): Reply {
  const type: HeaderField = ["Content-Type", "text/javascript; charset=utf-8"];
  return { status: 200, headers: [...always, type], body: script };
}

/** A redirect to `location`. */
export function redirectReply(
  status: 302 | 303,
  location: string,
  headers: readonly HeaderField[] = [],
): Reply {
  return { status, headers: [...always, ["Location", location], ...headers], body: "" };
}

/** An answer without body. */
export function emptyReply(status: number, headers: readonly HeaderField[] = []): Reply {
  return { status, headers: [...always, ...headers], body: "" };
}

/** The same reply with more header fields after its own. */
export function withHeaders(reply: Reply, headers: readonly HeaderField[]): Reply {
  return headers.length === 0 ? reply : { ...reply, headers: [...reply.headers, ...headers] };
}

/** One `Set-Cookie` field a cookie. */
export function cookieFields(cookies: readonly string[]): HeaderField[] {
  return cookies.map((cookie) => ["Set-Cookie", cookie]);
}
