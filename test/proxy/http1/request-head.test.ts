import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestHead } from "../../../src/proxy/http1/request-head.ts";

describe("the head of a request", () => {
  it("is the line, the fields in their order and case, and an empty line", () => {
    assert.equal(
      requestHead("GET", "/a?b", ["Host", "h", "x-A", "1", "X-a", ""], false),
      "GET /a?b HTTP/1.1\r\nHost: h\r\nx-A: 1\r\nX-a: \r\n\r\n",
    );
  });

  it("names the coding of a body without length", () => {
    assert.equal(
      requestHead("POST", "/", ["Host", "h"], true),
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
  });

  it("keeps every byte that a value may have", () => {
    const value = "caf\xe9 \x80\xff";
    assert.match(requestHead("GET", "/", ["Host", "h", "X", value], false), new RegExp(value));
  });

  const smuggled = [
    "a\r\nX-Evil: 1",
    "a\nX-Evil: 1",
    "a\rX-Evil: 1",
    "a\r\n\r\nGET /evil HTTP/1.1",
    // As Latin-1 they are a carriage return and a line feed.
    "a\u010d\u010aX-Evil: 1",
    "a\u4e0aX-Evil: 1",
  ];
  for (const value of smuggled) {
    it(`S23: is not made of a value that holds a line end, or turns into one (${JSON.stringify(value)})`, () => {
      const unsendable = { code: "REQUEST_UNSENDABLE" };
      assert.throws(() => requestHead("GET", "/", ["Host", "h", "X", value], false), unsendable);
      assert.throws(() => requestHead("GET", `/${value}`, ["Host", "h"], false), unsendable);
      assert.throws(() => requestHead("GET", "/", [value, "h"], false), unsendable);
    });
  }
});
