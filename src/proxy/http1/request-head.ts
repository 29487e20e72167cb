/**
 * Writes the head of a request as one text. The fields have passed the header rules; here is only seen to it that the head
 * consists of exactly them: a value that brought a line end with it would be a field of its own to the upstream (S23).
 */
import { AnswerFault } from "./answer-fault.ts";

/** Latin-1 would send it as another character: U+010A as a line feed. Costs nothing on a text of one-byte characters. */
const beyondLatin1 = /[^\x00-\xff]/;

/**
 * The head, to be sent as Latin-1. `fields` is a flat list of names and values; `chunked` adds the coding of a body without
 * length. Throws AnswerFault `REQUEST_UNSENDABLE` when a value holds a line end,
 * or a character that Latin-1 does not have.
 */
export function requestHead(
  method: string,
  target: string,
  fields: readonly string[],
  chunked: boolean,
): string {
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`;
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  const lines = 1 + fields.length / 2 + (chunked ? 1 : 0);
  if (countOf(head, "\n") !== lines || countOf(head, "\r") !== lines) {
    throw new AnswerFault("REQUEST_UNSENDABLE", "a header value holds a line end");
  }
  if (beyondLatin1.test(head)) {
    throw new AnswerFault("REQUEST_UNSENDABLE", "a header value holds more than Latin-1");
  }
  return `${head}\r\n`;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1))
    count += 1;
  return count;
}
