import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AnswerHead, parseAnswerHead } from "../../../src/proxy/http1/answer-head.ts";

function parse(lines: readonly string[], toHead = false): AnswerHead {
  return parseAnswerHead(lines.map((line) => `${line}\r\n`).join(""), toHead);
}

describe("the head of an answer", () => {
  it("is status, words and fields as sent, without the white space around values", () => {
    const head = parse(["HTTP/1.1 404 No such  thing", "X-a:1", "x-A: \t b c \t", "Empty:"]);
    assert.equal(head.status, 404);
    assert.equal(head.reason, "No such  thing");
    assert.deepEqual(head.fields, ["X-a", "1", "x-A", "b c", "Empty", ""]);
  });

  it("may have no words, with or without the space before them", () => {
    assert.equal(parse(["HTTP/1.1 200 "]).reason, "");
    assert.equal(parse(["HTTP/1.1 200"]).reason, "");
  });

  const framings: [
    name: string,
    lines: string[],
    toHead: boolean,
    framing: string,
    length: number,
  ][] = [
    ["a length", ["HTTP/1.1 200 OK", "content-LENGTH: 12"], false, "counted", 12],
    ["a length of nothing", ["HTTP/1.1 200 OK", "Content-Length: 0"], false, "counted", 0],
    ["chunks", ["HTTP/1.1 200 OK", "Transfer-Encoding: Chunked"], false, "chunked", 0],
    ["neither", ["HTTP/1.1 200 OK"], false, "closing", 0],
    ["a length after a HEAD", ["HTTP/1.1 200 OK", "Content-Length: 12"], true, "none", 0],
    ["chunks after a HEAD", ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], true, "none", 0],
    ["a length with 304", ["HTTP/1.1 304 Not Modified", "Content-Length: 9"], false, "none", 0],
    ["a 204", ["HTTP/1.1 204 No Content"], false, "none", 0],
    ["a 103", ["HTTP/1.1 103 Early Hints", "Link: </a>"], false, "none", 0],
  ];
  for (const [name, lines, toHead, framing, length] of framings) {
    it(`ends the body as told by ${name}`, () => {
      const head = parse(lines, toHead);
      assert.deepEqual([head.framing, head.length], [framing, length]);
    });
  }

  const lives: [name: string, lines: string[], persistent: boolean][] = [
    ["HTTP/1.1 with a length", ["HTTP/1.1 200 OK", "Content-Length: 1"], true],
    [
      "HTTP/1.1 that closes",
      ["HTTP/1.1 200 OK", "Content-Length: 1", "Connection: x, Close"],
      false,
    ],
    ["HTTP/1.1 without a length", ["HTTP/1.1 200 OK"], false],
    ["a 204", ["HTTP/1.1 204 No Content", "Content-Length: 0"], true],
    ["a 204 that tells a length", ["HTTP/1.1 204 No Content", "Content-Length: 9"], false],
    ["a 204 in chunks", ["HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"], false],
    ["HTTP/1.0", ["HTTP/1.0 200 OK", "Content-Length: 1"], false],
    [
      "HTTP/1.0 that keeps alive",
      ["HTTP/1.0 200 OK", "Content-Length: 1", "Connection: Keep-Alive"],
      true,
    ],
    [
      "HTTP/1.0 in chunks",
      ["HTTP/1.0 200 OK", "Connection: keep-alive", "Transfer-Encoding: chunked"],
      false,
    ],
  ];
  for (const [name, lines, persistent] of lives) {
    it(`${persistent ? "keeps" : "does not keep"} the connection after ${name}`, () => {
      assert.equal(parse(lines).persistent, persistent);
    });
  }

  const promises: [value: string, ms: number | undefined][] = [
    ["timeout=5", 5000],
    ["max=100, timeout = 70", 70_000],
    ['timeout="15"', 15_000],
    ["max=100", undefined],
    ["xtimeout=9", undefined],
  ];
  for (const [value, ms] of promises) {
    it(`reads how long an idle connection is kept from ${JSON.stringify(value)}`, () => {
      assert.equal(parse(["HTTP/1.1 200 OK", `Keep-Alive: ${value}`]).keepAliveMs, ms);
    });
  }

  const refused: [name: string, lines: string[]][] = [
    ["another protocol", ["SSH-2.0-OpenSSH_9.2"]],
    ["HTTP/2", ["HTTP/2 200 OK"]],
    ["HTTP/1.2", ["HTTP/1.2 200 OK"]],
    ["a status of two digits", ["HTTP/1.1 20 OK"]],
    ["a status of four digits", ["HTTP/1.1 2000 OK"]],
    ["a status below 100", ["HTTP/1.1 099 OK"]],
    ["a status that is no number", ["HTTP/1.1 2x0 OK"]],
    ["a status with an exponent", ["HTTP/1.1 2e2 OK"]],
    ["no status", ["HTTP/1.1 "]],
    ["two spaces before the status", ["HTTP/1.1  200 OK"]],
    ["a line without colon", ["HTTP/1.1 200 OK", "nonsense", "A: b"]],
    ["a field without name", ["HTTP/1.1 200 OK", ": b"]],
    ["a folded field", ["HTTP/1.1 200 OK", "A: b", " c: d"]],
    ["a field folded by a tab", ["HTTP/1.1 200 OK", "A: b", "\tc: d"]],
    ["a bare LF in a value", ["HTTP/1.1 200 OK", "A: b\nContent-Length: 1"]],
    ["a bare CR in a value", ["HTTP/1.1 200 OK", "A: b\rc"]],
    ["a zero byte", ["HTTP/1.1 200 OK", "A: b\0c"]],
    ["a bare LF in the words", ["HTTP/1.1 200 O\nK"]],
    ["white space before the colon", ["HTTP/1.1 200 OK", "Content-Length : 1"]],
    ["two lengths", ["HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2"]],
    ["the same length twice", ["HTTP/1.1 200 OK", "Content-Length: 1", "content-length: 1"]],
    ["a list of lengths", ["HTTP/1.1 200 OK", "Content-Length: 1, 1"]],
    ["a signed length", ["HTTP/1.1 200 OK", "Content-Length: +1"]],
    ["a negative length", ["HTTP/1.1 200 OK", "Content-Length: -1"]],
    ["a hexadecimal length", ["HTTP/1.1 200 OK", "Content-Length: 0x10"]],
    ["an empty length", ["HTTP/1.1 200 OK", "Content-Length: "]],
    ["a length beyond counting", ["HTTP/1.1 200 OK", `Content-Length: ${"9".repeat(16)}`]],
    ["a length and chunks", ["HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked"]],
    ["chunks and a length", ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Length: 1"]],
    ["another coding", ["HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"]],
    ["an unknown coding", ["HTTP/1.1 200 OK", "Transfer-Encoding: xchunked"]],
    [
      "chunks twice",
      ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ],
  ];
  for (const [name, lines] of refused) {
    it(`S86: refuses ${name}`, () => {
      assert.throws(() => parse(lines), { code: "ANSWER_MALFORMED" });
    });
  }
});
