import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../src/base/errors.ts";
import { judgeHead, optionsReply, type RequestHead } from "../../src/http/request-rules.ts";

const limits = { maxHeaderBytes: 65536, maxHeaderFields: 100 };
const host = ["Host", "gate.example"];

function head(parts: Partial<RequestHead>): RequestHead {
  return { method: "GET", url: "/", httpVersion: "1.1", rawHeaders: host, ...parts };
}

const good: readonly [what: string, parts: Partial<RequestHead>][] = [
  ["a plain GET", {}],
  ["any other method", { method: "PROPFIND" }],
  ["HTTP/1.0 with a Host", { httpVersion: "1.0" }],
  ["an absolute form", { url: "http://gate.example/a" }],
  ["a leading double slash", { url: "//evil.example/a" }],
  ["%23 in the target", { url: "/a%23b" }],
  ["a Host in any case of name", { rawHeaders: ["hOST", "Gate.Example:80"] }],
  ["a counted body", { method: "POST", rawHeaders: [...host, "Content-Length", "12"] }],
  ["a chunked body", { method: "POST", rawHeaders: [...host, "transfer-encoding", "Chunked"] }],
  ["a chunked body of a GET", { rawHeaders: [...host, "Transfer-Encoding", "chunked"] }],
  [
    "other fields with names as long as those that matter",
    { rawHeaders: [...host, "From", "a@b", "Accept-Charset", "*", "If-Modified-Since", "now"] },
  ],
  ["100 fields", { rawHeaders: [...host, ...Array.from({ length: 198 }, () => "a")] }],
  ["64 KiB of fields", { rawHeaders: [...host, "x", "a".repeat(65536 - 16 - 4 - 1 - 4)] }],
];

for (const [what, parts] of good) {
  test(`passes ${what}`, () => assert.deepEqual(judgeHead(head(parts), limits), { kind: "ok" }));
}

const chunked = ["Transfer-Encoding", "chunked"];
const counted = ["Content-Length", "3"];

const refused: readonly [what: string, parts: Partial<RequestHead>, code: ErrorCode][] = [
  ["S20: a missing Host", { rawHeaders: ["Accept", "*/*"] }, "bad_host"],
  ["S20: HTTP/1.0 without a Host", { rawHeaders: [], httpVersion: "1.0" }, "bad_host"],
  ["S20: two Hosts", { rawHeaders: [...host, "HOST", "evil.example"] }, "bad_host"],
  ["S20: two equal Hosts", { rawHeaders: [...host, ...host] }, "bad_host"],
  ["S20: an empty Host", { rawHeaders: ["Host", ""] }, "bad_host"],
  ["S20: a Host with userinfo", { rawHeaders: ["Host", "a@b"] }, "bad_host"],
  ["S20: a Host with a bad port", { rawHeaders: ["Host", "a:99999"] }, "bad_host"],
  [
    "S84: both a length and a coding",
    { rawHeaders: [...host, ...counted, ...chunked] },
    "bad_request",
  ],
  ["S84: two lengths", { rawHeaders: [...host, ...counted, "content-LENGTH", "3"] }, "bad_request"],
  ["S84: a length list", { rawHeaders: [...host, "Content-Length", "3, 3"] }, "bad_request"],
  ["S84: a signed length", { rawHeaders: [...host, "Content-Length", "+3"] }, "bad_request"],
  ["S84: an empty length", { rawHeaders: [...host, "Content-Length", ""] }, "bad_request"],
  ["S84: a hexadecimal length", { rawHeaders: [...host, "Content-Length", "0x3"] }, "bad_request"],
  [
    "S84: a length past all numbers",
    { rawHeaders: [...host, "Content-Length", "9".repeat(20)] },
    "bad_request",
  ],
  [
    "S84: another coding before chunked",
    { rawHeaders: [...host, "Transfer-Encoding", "gzip, chunked"] },
    "bad_request",
  ],
  [
    "S84: another coding alone",
    { rawHeaders: [...host, "Transfer-Encoding", "identity"] },
    "bad_request",
  ],
  [
    "S84: another coding under a name in lower case",
    { rawHeaders: [...host, "transfer-encoding", "gzip"] },
    "bad_request",
  ],
  [
    "S84: another coding under a name in mixed case",
    { rawHeaders: [...host, "tRANSFER-eNCODING", "gzip"] },
    "bad_request",
  ],
  [
    "S84: chunked twice in one field",
    { rawHeaders: [...host, "Transfer-Encoding", "chunked, chunked"] },
    "bad_request",
  ],
  ["S84: chunked in two fields", { rawHeaders: [...host, ...chunked, ...chunked] }, "bad_request"],
  ["S84: an empty coding", { rawHeaders: [...host, "Transfer-Encoding", ""] }, "bad_request"],
  [
    "S89: a coded body in HTTP/1.0",
    { rawHeaders: [...host, ...chunked], httpVersion: "1.0" },
    "bad_request",
  ],
  ["HTTP/0.9", { httpVersion: "0.9" }, "bad_request"],
  ["HTTP/2.0 on this wire", { httpVersion: "2.0" }, "bad_request"],
  ["S89: CONNECT", { method: "CONNECT", url: "gate.example:443" }, "method_not_allowed"],
  ["S89: TRACE", { method: "TRACE" }, "method_not_allowed"],
  ["S5: a fragment", { url: "/a#b" }, "bad_target"],
  ["S5: a fragment in an absolute form", { url: "http://gate.example/#b" }, "bad_target"],
  ["S89: an asterisk for another method", { url: "*" }, "bad_target"],
  ["S89: a path without its slash", { url: "a/b" }, "bad_target"],
  ["S89: a longer scheme", { url: "xhttp://gate.example/" }, "bad_target"],
  ["S89: another scheme", { url: "ftp://gate.example/" }, "bad_target"],
  [
    "S92: 101 fields",
    { rawHeaders: [...host, ...Array.from({ length: 200 }, () => "a")] },
    "headers_too_large",
  ],
  [
    "S92: a byte over 64 KiB",
    { rawHeaders: [...host, "x", "a".repeat(65536 - 16 - 4 - 1 - 3)] },
    "headers_too_large",
  ],
];

for (const [what, parts, code] of refused) {
  test(`${what} is refused`, () => {
    assert.deepEqual(judgeHead(head(parts), limits), { kind: "refused", code });
  });
}

test("S89: OPTIONS * is answered with Allow and goes nowhere", () => {
  assert.deepEqual(judgeHead(head({ method: "OPTIONS", url: "*" }), limits), { kind: "options" });
  const reply = optionsReply();
  assert.equal(reply.status, 204);
  assert.ok(reply.headers.some(([name, value]) => name === "Allow" && value.includes("GET, HEAD")));
});
