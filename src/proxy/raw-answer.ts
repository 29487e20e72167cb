/**
 * The raw parts of an answer as the HTTP client hands them over, made fit for writing. Apart from the relay, whose subject is
 * when things happen.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";

/** The raw field list as strings: header bytes are Latin-1 (RFC 9110, 5.5). */
export function decodeFields(raw: unknown): string[] {
  const fields: string[] = [];
  if (!Array.isArray(raw)) return fields;
  for (const field of raw) {
    fields.push(Buffer.isBuffer(field) ? field.toString("latin1") : String(field));
  }
  return fields;
}

/** The upstream's words for the status. Words other than ASCII come broken, and are replaced by the usual ones. */
export function reasonOf(status: number, text: string | undefined): string {
  const usual = STATUS_CODES[status] ?? "";
  if (text === undefined || text === usual) return usual;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 0xff) return usual;
  }
  return text;
}

/** True when the answer to this request can end in trailers, unless it tells a length (RFC 9112, 7.1.2). */
export function canTrail(request: IncomingMessage, status: number): boolean {
  if (request.httpVersionMinor === 0 || request.method === "HEAD") return false;
  return status !== 204 && status !== 304;
}
