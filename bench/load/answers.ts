/** Finds the ends of answers in what one connection brings, one answer after another, without making anything of most of them. */

const headEnd = Buffer.from("\r\n\r\n");
const good = Buffer.from("HTTP/1.1 200 ");

/**
 * Returns what takes each piece, lent for the call, and says whether it ends the answer. It throws when an answer is not a 200 with
 * a Content-Length, or more comes than that says. All answers are expected to have as long a body as the first.
 */
export function createAnswerCounter(): (piece: Buffer) => boolean {
  let bodyBytes: number | undefined;
  let kept: Buffer | undefined;

  return (piece) => {
    const bytes = kept === undefined ? piece : Buffer.concat([kept, piece]);
    const end = bytes.indexOf(headEnd);
    if (end !== -1) {
      bodyBytes ??= lengthIn(bytes.toString("latin1", 0, end));
      if (bytes.compare(good, 0, good.length, 0, good.length) !== 0) throw unexpected(bytes);
      const missing = end + headEnd.length + bodyBytes - bytes.length;
      if (missing < 0) throw unexpected(bytes);
      if (missing === 0) {
        kept = undefined;
        return true;
      }
    }
    kept = Buffer.from(bytes);
    return false;
  };
}

function lengthIn(head: string): number {
  const [, length] = /^content-length: *(\d+)\r?$/im.exec(head) ?? [];
  if (length === undefined) throw unexpected(Buffer.from(head, "latin1"));
  return Number(length);
}

function unexpected(bytes: Buffer): Error {
  return new Error(`unexpected: ${bytes.toString("latin1")}`);
}
