import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestHeaders } from "../../src/http/exchange.ts";
import { bodyFits, hasBody } from "../../src/http/request-body.ts";

describe("the body of a request", () => {
  const rows: [name: string, headers: RequestHeaders, has: boolean, fits: boolean][] = [
    ["no framing at all", {}, false, false],
    ["a length of nothing", { "content-length": "0" }, false, true],
    ["a length at the limit", { "content-length": "16" }, true, true],
    ["a length above the limit", { "content-length": "17" }, true, false],
    ["chunks, whose length nobody knows", { "transfer-encoding": "chunked" }, true, false],
  ];
  for (const [name, headers, has, fits] of rows) {
    it(`${has ? "is there" : "is absent"} and ${fits ? "fits" : "does not fit"} with ${name}`, () => {
      assert.deepEqual([hasBody({ headers }), bodyFits({ headers }, 16)], [has, fits]);
    });
  }
});
