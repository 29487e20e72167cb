/**
 * A WebSocket over HTTP/2 (RFC 8441), as browsers open it where a proxy offers that: HAProxy does, and makes the HTTP/1.1
 * upgrade with a key of its own out of it. A foreign origin is refused twice in the gate, whatever came and again for cookies: the
 * test fails when `judgeOrigin` is wrong, not when one of its two callers forgets to ask.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { hasPrograms } from "../support/programs.ts";
import { signIn } from "../support/sign-in.ts";
import { outerProxies } from "./proxies.ts";
import { limits, startOuter } from "./start-outer.ts";

const base = "https://dash.example.com";
const haproxy = outerProxies.find(({ program }) => program === "haproxy");

test(
  "S75: behind HAProxy a WebSocket over HTTP/2 opens with cookies and our origin, and no other",
  limits,
  async (t) => {
    assert.ok(haproxy);
    if (!hasPrograms(t, haproxy.program, "openssl")) return;
    const { browser, place, ca, beforeClose } = await startOuter(t, haproxy);
    const alice = browser();
    await signIn(alice, { url: `${base}/` });
    const client = connect(place, { ca, servername: "dash.example.com" });
    beforeClose(() => client.destroy());
    const [settings] = await once(client, "remoteSettings");
    assert.equal(settings.enableConnectProtocol, true);

    for (const [origin, expected] of [
      [base, '{"kind":"hello"'],
      ["https://evil.example", "this origin is not allowed"],
    ] as const) {
      const socket = client.request({
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "https",
        ":path": "/ws",
        ":authority": "dash.example.com",
        "sec-websocket-version": "13",
        origin,
        cookie: alice.jar.header(new URL(`${base}/`)),
      });
      const [head] = await once(socket, "response");
      assert.equal(head[":status"], 200);
      const [frame] = (await once(socket, "data")) as [Buffer];
      assert.ok(frame.toString("latin1").includes(expected), frame.toString("latin1"));
      socket.close();
    }
  },
);
