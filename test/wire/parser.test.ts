/**
 * What `http/request-rules` leaves to Node's parser: if a Node line stops refusing one of these, the rules must take it over.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { rawClient } from "../support/raw-client.ts";

const line = "GET / HTTP/1.1\r\nHost: a\r\n";
const post = "POST / HTTP/1.1\r\nHost: a\r\n";

const refused: readonly [what: string, bytes: string][] = [
  ["a folded line", `${line}X: a\r\n b\r\n\r\n`],
  ["a fold after the first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"],
  ["a bare line feed between fields", `${line}X: a\nY: b\r\n\r\n`],
  ["a bare carriage return in a value", `${line}X: a\rY: b\r\n\r\n`],
  ["a NUL in a value", `${line}X: a\0b\r\n\r\n`],
  ["a control byte in a value", `${line}X: a\x01b\r\n\r\n`],
  ["a NUL in a name", `${line}X\0: a\r\n\r\n`],
  ["a space before the colon", `${line}X : a\r\n\r\n`],
  ["an empty name", `${line}: a\r\n\r\n`],
  ["a name with brackets", `${line}X(y): a\r\n\r\n`],
  ["a control byte in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a byte outside ASCII in the target", "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a length beside a coding", `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ["two lengths", `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
];

for (const [what, bytes] of refused) {
  test(`S85: the parser refuses ${what}`, async (t) => {
    const server = createServer();
    t.after(() => server.close());
    const outcome = new Promise<string>((resolve) => {
      server.on("request", (request, response) => {
        resolve(`passed as ${JSON.stringify(request.rawHeaders)}`);
        response.end();
      });
      server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
        resolve(error.code ?? "");
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = await rawClient(t, (server.address() as AddressInfo).port);
    client.send(bytes);
    assert.match(await outcome, /^HPE_/);
  });
}
