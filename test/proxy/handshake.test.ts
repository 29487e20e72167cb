import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptOf, handshakeFault } from "../../src/proxy/handshake.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const right = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
};

describe("the handshake's answer", () => {
  it("has the Accept of RFC 6455's own example", () => {
    assert.equal(acceptOf(key), right["sec-websocket-accept"]);
  });

  it("is right in any case and among other tokens", () => {
    const loose = { ...right, upgrade: "WebSocket", connection: "keep-alive, UPGRADE" };
    assert.equal(handshakeFault(loose, key), undefined);
  });

  const faults: [name: string, change: Record<string, string | undefined>, sentence: RegExp][] = [
    ["no Upgrade", { upgrade: undefined }, /Upgrade: websocket/],
    ["another protocol", { upgrade: "websocket2" }, /Upgrade: websocket/],
    ["several protocols", { upgrade: "websocket, h2c" }, /Upgrade: websocket/],
    ["no Connection", { connection: undefined }, /Connection: Upgrade/],
    ["a Connection without the token", { connection: "close, upgraded" }, /Connection: Upgrade/],
    ["no Accept", { "sec-websocket-accept": undefined }, /Sec-WebSocket-Accept/],
    ["another key's Accept", { "sec-websocket-accept": acceptOf("x") }, /Sec-WebSocket-Accept/],
    [
      "an Accept in another case",
      { "sec-websocket-accept": "S3PPLMBITXAQ9KYGZZHZRBK+XOO=" },
      /Sec-WebSocket-Accept/,
    ],
  ];
  for (const [name, change, sentence] of faults) {
    it(`S79: is refused with ${name}`, () => {
      assert.match(handshakeFault({ ...right, ...change }, key) ?? "", sentence);
    });
  }
});
