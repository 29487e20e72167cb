import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GateError } from "../../src/base/errors.ts";
import { ConnectTimeout } from "../../src/proxy/dial.ts";
import { invalidAnswer, showUpstream, upstreamError } from "../../src/proxy/upstream-error.ts";

const address = { origin: "http://127.0.0.1:9119" };
const failing = (code: string) => Object.assign(new Error("secret text"), { code });

describe("an upstream's failure", () => {
  const rows: [name: string, error: unknown, code: string, hint: RegExp][] = [
    ["refused", failing("ECONNREFUSED"), "upstream_unreachable", /nothing listens/],
    ["no such socket", failing("ENOENT"), "upstream_unreachable", /nothing listens/],
    ["a socket of another user", failing("EACCES"), "upstream_unreachable", /mode or owner/],
    ["an unknown name", failing("ENOTFOUND"), "upstream_unreachable", /resolved/],
    ["no route", failing("EHOSTUNREACH"), "upstream_unreachable", /route/],
    ["a reset", failing("ECONNRESET"), "upstream_unreachable", /its own log/],
    ["slow to connect", new ConnectTimeout(), "upstream_timeout", /connect_timeout_ms/],
    ["slow to answer", failing("ANSWER_LATE"), "upstream_timeout", /response_timeout_ms/],
    ["a header too large", failing("ANSWER_HEAD_TOO_LARGE"), "upstream_invalid", /64 KiB/],
    ["interim answers without end", failing("ANSWER_NEVER_FINAL"), "upstream_invalid", /1xx/],
    ["garbage", failing("ANSWER_MALFORMED"), "upstream_invalid", /HTTP\/1\.1/],
    ["garbage for an upgrade", failing("HPE_INVALID_CONSTANT"), "upstream_invalid", /HTTP\/1\.1/],
    [
      "an unknown authority",
      failing("SELF_SIGNED_CERT_IN_CHAIN"),
      "upstream_unreachable",
      /ca_file/,
    ],
    [
      "another name",
      failing("ERR_TLS_CERT_ALTNAME_INVALID"),
      "upstream_unreachable",
      /another name/,
    ],
    ["an old certificate", failing("CERT_HAS_EXPIRED"), "upstream_unreachable", /expired/],
    ["no TLS", failing("ERR_SSL_WRONG_VERSION_NUMBER"), "upstream_unreachable", /http:\/\//],
    ["a closed pool", failing("CONNECTIONS_CLOSED"), "stopping", /stopping/],
    ["a request that cannot be sent", failing("REQUEST_UNSENDABLE"), "bad_request", /request/],
    ["any other system error", failing("EWHATEVER"), "upstream_unreachable", /failed/],
    ["a bug", new TypeError("oh"), "internal", /bug/],
  ];
  for (const [name, error, code, hint] of rows) {
    it(`is ${code} for ${name}, with the mend for the operator`, () => {
      const found = upstreamError(error, address);
      assert.equal(found.code, code);
      assert.match(String(found.facts["hint"]), hint);
      assert.equal(found.facts["upstream"], address.origin);
      assert.equal(found.cause, error);
    });
  }

  it("is another one once bytes of an answer had come", () => {
    assert.equal(upstreamError(failing("ECONNRESET"), address, true).code, "upstream_invalid");
    assert.equal(upstreamError(failing("ENOTFOUND"), address, true).code, "upstream_unreachable");
  });

  it("stays what it is when it is the gate's own", () => {
    const own = new GateError("stopping");
    assert.equal(upstreamError(own, address), own);
  });

  it("names a Unix socket by its path", () => {
    const socket = { origin: "http://localhost", socketPath: "/run/up.sock" };
    assert.equal(showUpstream(socket), "unix:/run/up.sock");
    assert.equal(invalidAnswer("x", socket).facts["upstream"], "unix:/run/up.sock");
  });
});
