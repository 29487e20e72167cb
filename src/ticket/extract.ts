/**
 * Finds the gate's tickets in an upgrade and takes them out of what goes on to the upstream (contract 10, S78). Pure text
 * work on the raw query: everything but the ticket stays byte-equal. Names and values are compared after percent-decoding,
 * as the upstream will read them, so that no spelling carries a ticket past. A value of another shape is the dashboard's own.
 */

export type ExtractedTicket =
  /** No ticket came: target and protocols are as they were. */
  | { readonly kind: "none" }
  | {
      readonly kind: "one";
      readonly ticket: string;
      /** The target without the ticket. */
      readonly target: string;
      /** `Sec-WebSocket-Protocol` without the ticket, `""` when nothing is left; absent when none came. */
      readonly protocols?: string;
    }
  /** More than one came, be they equal: refused, and all are spent. */
  | { readonly kind: "several"; readonly tickets: readonly string[] };

/** What a text holds of tickets, and the text without them. */
export interface Extraction {
  readonly tickets: readonly string[];
  readonly rest: string;
}

const shape = /^[A-Za-z0-9_-]{43}$/;
const queryName = "ticket";
const protocolPrefix = "hermes-gate.ticket.";

/** Whether the text has the shape of a ticket: 32 bytes in base64url. */
export function ticketShape(value: string): boolean {
  return shape.test(value);
}

/** The tickets of an upgrade, from its origin-form target and its protocols field as Node gives it. */
export function extractTicket(
  target: string,
  protocols: string | readonly string[] | undefined,
): ExtractedTicket {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const inQuery = ticketsInQuery(mark === -1 ? "" : target.slice(mark + 1));
  const field = typeof protocols === "object" ? protocols.join(", ") : protocols;
  const inProtocols = ticketsInProtocols(field ?? "");
  const tickets = [...inQuery.tickets, ...inProtocols.tickets];
  const [ticket] = tickets;
  if (ticket === undefined) return { kind: "none" };
  if (tickets.length > 1) return { kind: "several", tickets };
  return {
    kind: "one",
    ticket,
    target: targetWith(target, path, inQuery),
    ...(field !== undefined && { protocols: inProtocols.rest }),
  };
}

/** The tickets of a raw query, which comes without its `?`. */
export function ticketsInQuery(query: string): Extraction {
  const tickets: string[] = [];
  const kept = query.split("&").filter((pair) => {
    const equals = pair.indexOf("=");
    if (equals === -1 || decoded(pair.slice(0, equals)) !== queryName) return true;
    const value = decoded(pair.slice(equals + 1));
    if (!ticketShape(value)) return true;
    tickets.push(value);
    return false;
  });
  return tickets.length === 0 ? { tickets, rest: query } : { tickets, rest: kept.join("&") };
}

/** The tickets of a `Sec-WebSocket-Protocol` field, whose tokens are compared as they stand. */
export function ticketsInProtocols(field: string): Extraction {
  const tickets: string[] = [];
  const kept = field.split(",").filter((entry) => {
    const token = entry.trim();
    const value = token.slice(protocolPrefix.length);
    if (!token.startsWith(protocolPrefix) || !ticketShape(value)) return true;
    tickets.push(value);
    return false;
  });
  return tickets.length === 0 ? { tickets, rest: field } : { tickets, rest: kept.join(",").trim() };
}

function targetWith(target: string, path: string, { tickets, rest }: Extraction): string {
  if (tickets.length === 0) return target;
  return rest === "" ? path : `${path}?${rest}`;
}

/** Percent-decoded; a text that cannot be decoded stays as it is, which is then no name and no ticket of ours. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
