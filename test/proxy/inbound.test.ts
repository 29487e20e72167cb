import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createInbound, type InboundContext } from "../../src/proxy/inbound.ts";
import { isGateCookie } from "../support/proxy.ts";

const inbound = createInbound({ isGateCookie });

function read(raw: readonly string[], context: Partial<InboundContext> = {}) {
  return inbound(raw, { authenticated: false, cookies: [], trailers: true, ...context });
}

function values(headers: readonly string[], name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
}

describe("what passes", () => {
  it("keeps order, case, repetition and bytes", () => {
    const raw = ["X-b", "1", "Date", "caf\xe9", "X-b", "2", "Content-Length", "3"];
    assert.deepEqual(read(raw).headers, raw);
  });

  it("S90: keeps each Set-Cookie a field of its own, verbatim", () => {
    const raw = ["Set-Cookie", "a=1; Expires=Thu, 01 Jan 2030 00:00:00 GMT", "set-cookie", "b=2"];
    assert.deepEqual(read(raw).headers, raw);
  });

  it("leaves Location as sent", () => {
    const raw = ["Location", "http://10.0.0.9:9119/elsewhere"];
    assert.deepEqual(read(raw).headers, raw);
  });
});

describe("S24: fields of the connection", () => {
  for (const name of [
    "Connection",
    "Keep-Alive",
    "Transfer-Encoding",
    "UPGRADE",
    "Proxy-Connection",
  ]) {
    it(`drops ${name}`, () => assert.deepEqual(read([name, "x"]).headers, []));
  }

  it("drops what any Connection field nominates, also before it", () => {
    const raw = [
      "X-One",
      "1",
      "X-Two",
      "2",
      "Connection",
      "x-one",
      "connection",
      "keep-alive, X-TWO",
    ];
    assert.deepEqual(read(raw).headers, []);
  });

  it("takes the value of no other field for a nomination", () => {
    const raw = ["X-Note", "x-one", "X-Ten-Chars", "x-one", "Ten-Chars-", "x-one", "X-One", "1"];
    assert.deepEqual(read(raw).headers, raw);
  });

  it("cannot be talked into dropping the gate's cookies", () => {
    const { headers } = read(["Connection", "Set-Cookie, Cache-Control"], {
      cookies: ["hermes_session_at=S"],
    });
    assert.deepEqual(values(headers, "set-cookie"), ["hermes_session_at=S"]);
    assert.deepEqual(values(headers, "cache-control"), ["private, no-store"]);
  });

  it("S86: keeps the length although Connection nominates it", () => {
    assert.deepEqual(read(["Connection", "content-length", "Content-Length", "5"]).headers, [
      "Content-Length",
      "5",
    ]);
  });
});

describe("cookies of the gate", () => {
  const planted = [
    "hermes_session_at=x; Path=/",
    "  __Host-hermes_session_rt=x",
    "=hermes_session_at=x",
    "hermes_session_at.1=x",
  ];
  for (const cookie of planted) {
    it(`drops and reports an upstream's ${JSON.stringify(cookie)}`, () => {
      const head = read(["Set-Cookie", cookie, "Set-Cookie", "own=1"]);
      assert.deepEqual(head.headers, ["Set-Cookie", "own=1"]);
      assert.equal(head.refusedCookies.length, 1);
    });
  }

  it("adds the gate's own after the upstream's", () => {
    const head = read(["Set-Cookie", "own=1"], {
      cookies: ["hermes_session_at=S", "hermes_session_rt=R"],
    });
    assert.deepEqual(values(head.headers, "set-cookie"), [
      "own=1",
      "hermes_session_at=S",
      "hermes_session_rt=R",
    ]);
    assert.deepEqual(head.refusedCookies, []);
  });
});

describe("S108: caches", () => {
  const rows: [
    name: string,
    raw: string[],
    context: Partial<InboundContext>,
    expected: string[],
  ][] = [
    ["marks a person's answer private", [], { authenticated: true }, ["private"]],
    [
      "leaves a person's answer that says something itself",
      ["Cache-Control", "public"],
      { authenticated: true },
      ["public"],
    ],
    ["leaves an answer for everyone", [], {}, []],
    [
      "forbids storing one with a gate cookie",
      [],
      { authenticated: true, cookies: ["c=1"] },
      ["private, no-store"],
    ],
    [
      "forbids it whatever the upstream said",
      ["cache-control", "public, max-age=9"],
      { cookies: ["c=1"] },
      ["private, no-store"],
    ],
  ];
  for (const [name, raw, context, expected] of rows) {
    it(name, () => assert.deepEqual(values(read(raw, context).headers, "cache-control"), expected));
  }
});

describe("framing and kind", () => {
  it("knows an event stream by its type, parameters and case aside", () => {
    assert.equal(read(["Content-Type", "Text/Event-Stream; charset=utf-8"]).eventStream, true);
    assert.equal(read(["Content-Type", "text/event-stream"]).eventStream, true);
    assert.equal(read(["Content-Type", "text/event-stream ; charset=utf-8"]).eventStream, true);
    assert.equal(read(["Content-Type", "text/event-streams"]).eventStream, false);
    assert.equal(read(["Content-Type", "text/html"]).eventStream, false);
    assert.equal(read([]).eventStream, false);
  });

  it("knows whether the answer has a length", () => {
    assert.equal(read(["content-length", "1"]).counted, true);
    assert.equal(read(["Content-Type", "text/html"]).counted, false);
  });

  it("makes one Trailer of several", () => {
    const raw = ["Trailer", "X-Sum", "trailer", "X-Count"];
    assert.deepEqual(read(raw).headers, ["Trailer", "X-Sum, X-Count"]);
  });

  it("keeps Trailer only where trailers can follow", () => {
    assert.deepEqual(read(["Trailer", "X-Sum"]).headers, ["Trailer", "X-Sum"]);
    assert.deepEqual(read(["Trailer", "X-Sum", "Content-Length", "1"]).headers, [
      "Content-Length",
      "1",
    ]);
    assert.deepEqual(read(["Trailer", "X-Sum"], { trailers: false }).headers, []);
  });
});
