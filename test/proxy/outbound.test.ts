import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Plan, SignIdentity, UpstreamOptions } from "../../src/proxy/contract.ts";
import { createOutbound } from "../../src/proxy/outbound.ts";
import { type ExchangeParts, exchange } from "../support/exchange.ts";
import { ada, defaultIdentityHeaders, isGateCookie } from "../support/proxy.ts";

interface Case {
  readonly raw: readonly string[];
  readonly exchange?: ExchangeParts;
  readonly plan?: Partial<Plan>;
  readonly host?: UpstreamOptions["host"];
  readonly peer?: string;
  readonly identityHeaders?: typeof defaultIdentityHeaders;
  readonly signIdentity?: SignIdentity;
  readonly upgrade?: boolean;
}

const address = { origin: "http://10.0.0.9:9119" };

/** The pairs that go out for a raw list, the headers of the exchange filled in from it. */
function sent(parts: Case): [string, string][] {
  const outbound = createOutbound({
    address,
    host: parts.host ?? "preserve",
    identityHeaders: parts.identityHeaders ?? defaultIdentityHeaders,
    signIdentity: parts.signIdentity,
    isGateCookie,
  });
  const headers: Record<string, string> = {};
  pairs(parts.raw).forEach(([name, value]) => {
    const lower = name.toLowerCase();
    headers[lower] = headers[lower] === undefined ? value : `${headers[lower]}, ${value}`;
  });
  const list = outbound(
    { rawHeaders: parts.raw, socket: { remoteAddress: parts.peer } },
    exchange({ headers, ...parts.exchange }),
    { target: "/", ...parts.plan },
    parts.upgrade ?? false,
  );
  return pairs(list);
}

function pairs(list: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < list.length; at += 2) found.push([list[at] ?? "", list[at + 1] ?? ""]);
  return found;
}

function values(parts: Case, name: string): string[] {
  return sent(parts)
    .filter(([found]) => found.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

describe("what passes", () => {
  it("keeps order, case, repetition and Latin-1 bytes of ordinary fields", () => {
    const raw = ["X-b", "1", "x-A", "caf\xe9", "X-b", "2", "X-Empty", ""];
    assert.deepEqual(sent({ raw }).slice(1, 5), pairs(raw));
  });

  it("passes an ordinary field that is spelt with an underscore", () => {
    assert.deepEqual(values({ raw: ["X_Custom", "1"] }, "x_custom"), ["1"]);
  });

  it("reads the fields that it knows in any case", () => {
    const raw = [
      "COOKIE",
      "a=1; hermes_session_at=S",
      "AUTHORIZATION",
      "Basic eDp5",
      "ORIGIN",
      "o",
    ];
    assert.deepEqual(sent({ raw }).slice(1, 4), [
      ["COOKIE", "a=1"],
      ["AUTHORIZATION", "Basic eDp5"],
      ["ORIGIN", "o"],
    ]);
  });

  it("passes a long field whole", () => {
    const long = "a".repeat(30_000);
    assert.deepEqual(values({ raw: ["X-Long", long] }, "x-long"), [long]);
  });

  it("S27: passes the client's Authorization when the gate did not consume it", () => {
    assert.deepEqual(values({ raw: ["Authorization", "Basic eDp5"] }, "authorization"), [
      "Basic eDp5",
    ]);
  });
});

describe("S24: fields of the connection", () => {
  const rows = [
    ...["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding"],
    ...["Upgrade", "Proxy-Authorization", "HTTP2-Settings", "Expect", "tRaNsFeR-eNcOdInG"],
    ...["Transfer_Encoding", "Content_Length"],
  ];
  for (const name of rows) {
    it(`drops ${name}`, () => {
      assert.deepEqual(values({ raw: [name, "x"] }, name), []);
    });
  }

  it("drops every field that Connection nominates, in any case", () => {
    const raw = [
      "Connection",
      "close, X-Secret ,x-OTHER",
      "x-secret",
      "1",
      "X-Other",
      "2",
      "X-Stays",
      "3",
    ];
    const names = sent({ raw }).map(([name]) => name);
    assert.ok(!names.includes("x-secret") && !names.includes("X-Other"));
    assert.ok(names.includes("X-Stays"));
  });

  it("cannot be talked into dropping what the gate sets", () => {
    const plan = { identity: { identity: ada, provider: "corp" }, accessToken: "at-1" };
    const raw = ["Connection", "x-forwarded-user, authorization, host, x-forwarded-for"];
    assert.deepEqual(values({ raw, plan }, "x-forwarded-user"), ["u-1"]);
    assert.deepEqual(values({ raw, plan }, "authorization"), ["Bearer at-1"]);
    assert.deepEqual(values({ raw, plan }, "host"), ["gate.example"]);
    assert.deepEqual(values({ raw, plan }, "x-forwarded-for"), ["203.0.113.7"]);
  });

  it("S86: keeps the length of a body although Connection nominates it", () => {
    const raw = ["Connection", "content-length", "Content-Length", "5"];
    assert.deepEqual(values({ raw }, "content-length"), ["5"]);
  });
});

describe("S22: fields that only the gate may set", () => {
  const names = [
    ...["X-Forwarded-User", "x-forwarded-email", "X-FORWARDED-GROUPS", "X_Forwarded_User"],
    ...["X-Forwarded_Provider", "X-Forwarded-Anything", "X-Forwarded-Server", "Forwarded"],
    ...["X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "x_original_url"],
    ...["X-Hermes-Identity", "x_hermes_identity"],
    ...["X.Forwarded.User", "X~Forwarded!User", "x.hermes-identity", "Content.Length"],
  ];
  for (const name of names) {
    it(`drops a client's ${name}`, () => {
      assert.ok(!sent({ raw: [name, "evil"] }).some(([, value]) => value === "evil"));
    });
  }

  it("drops the default names even when others are configured, and those in every spelling", () => {
    const identityHeaders = new Map([["X-WEBAUTH-USER", "email" as const]]);
    const raw = ["X-Forwarded-User", "evil", "x-webauth-user", "evil", "X_WebAuth_User", "evil"];
    assert.ok(!sent({ raw, identityHeaders }).some(([, value]) => value === "evil"));
  });

  it("S22, S23: a client's signed identity goes, with and without one of the gate's in its place", () => {
    const raw = ["X-Hermes-Identity", "evil", "x_hermes_identity", "evil"];
    const identity = { identity: ada, provider: "corp" };
    const signIdentity = () => "signed";
    assert.deepEqual(values({ raw, plan: { identity } }, "x-hermes-identity"), []);
    assert.deepEqual(values({ raw, signIdentity }, "x-hermes-identity"), [], "a public path");
    const both = values({ raw, plan: { identity }, signIdentity }, "x-hermes-identity");
    assert.deepEqual(both, ["signed"]);
    assert.ok(
      !sent({ raw, plan: { identity }, signIdentity }).some(([, value]) => value === "evil"),
    );
  });

  it("S24: a nomination in Connection does not take the signed identity away", () => {
    const raw = ["Connection", "x-hermes-identity"];
    const plan = { identity: { identity: ada, provider: "corp" } };
    const signIdentity = () => "signed";
    assert.deepEqual(values({ raw, plan, signIdentity }, "x-hermes-identity"), ["signed"]);
  });

  it("drops a configured name that is otherwise an ordinary field", () => {
    const identityHeaders = new Map([["X-Request-ID", "user_id" as const]]);
    assert.deepEqual(
      values({ raw: ["X-Request-ID", "evil"], identityHeaders }, "x-request-id"),
      [],
    );
  });

  it("lets no spelling of a managed name through", () => {
    const name = fc
      .constantFrom(
        "x-forwarded-user",
        "x-real-ip",
        "forwarded",
        "x-hermes-identity",
        "x-original-url",
      )
      .chain((base) =>
        fc
          .array(fc.constantFrom("lower", "upper", "score"), {
            minLength: base.length,
            maxLength: base.length,
          })
          .map((how) =>
            [...base]
              .map((char, at) => {
                if (char === "-") return how[at] === "score" ? "_" : "-";
                return how[at] === "upper" ? char.toUpperCase() : char;
              })
              .join(""),
          ),
      );
    fc.assert(
      fc.property(
        name,
        (spelt) => !sent({ raw: [spelt, "evil"] }).some(([, value]) => value === "evil"),
      ),
    );
  });
});

describe("S23: identity", () => {
  const plan = { identity: { identity: ada, provider: "corp" } };

  it("sets the default fields from the verified identity", () => {
    assert.deepEqual(
      sent({ raw: [], plan }).filter(([name]) => defaultIdentityHeaders.has(name)),
      [
        ["X-Forwarded-User", "u-1"],
        ["X-Forwarded-Email", "ada@example.org"],
        ["X-Forwarded-Preferred-Username", "ada"],
        ["X-Forwarded-Groups", "ops,dev"],
        ["X-Forwarded-Provider", "corp"],
      ],
    );
  });

  it("sets none on a public path", () => {
    assert.ok(!sent({ raw: [] }).some(([name]) => defaultIdentityHeaders.has(name)));
  });
});

describe("S26: cookies", () => {
  const rows: [name: string, cookie: string, kept: string[]][] = [
    ["passes foreign cookies byte-equal", 'a=1;b="x y";  c=', ['a=1;b="x y";  c=']],
    ["takes the gate's out of the middle", "a=1; hermes_session_at=S; b=2", ["a=1; b=2"]],
    [
      "takes every variant and part",
      "__Host-hermes_session_at=S; __Secure-hermes_session_rt.1=S; b=2",
      ["b=2"],
    ],
    ["drops a field that held nothing else", "hermes_session_at=S", []],
  ];
  for (const [name, cookie, kept] of rows) {
    it(name, () => assert.deepEqual(values({ raw: ["Cookie", cookie] }, "cookie"), kept));
  }

  it("judges each of several Cookie fields", () => {
    const raw = ["Cookie", "a=1", "cookie", "hermes_session_at=S; b=2"];
    assert.deepEqual(values({ raw }, "cookie"), ["a=1", "b=2"]);
  });
});

describe("Authorization", () => {
  it("is withheld when the gate consumed it", () => {
    const raw = ["Authorization", "Bearer t"];
    assert.deepEqual(values({ raw, plan: { dropAuthorization: true } }, "authorization"), []);
  });

  it("is replaced by the access token", () => {
    const raw = ["authorization", "Bearer t"];
    assert.deepEqual(values({ raw, plan: { accessToken: "at" } }, "authorization"), ["Bearer at"]);
  });
});

describe("Host and Origin", () => {
  const raw = ["Host", "gate.example", "Origin", "https://gate.example"];

  it("preserve sends the outside's Host and Origin on", () => {
    assert.deepEqual(values({ raw }, "host"), ["gate.example"]);
    assert.deepEqual(values({ raw }, "origin"), ["https://gate.example"]);
  });

  it("preserve sends Host as the client spelt it", () => {
    assert.deepEqual(values({ raw: ["Host", "Gate.Example:443"] }, "host"), ["Gate.Example:443"]);
  });

  it("upstream sends the upstream's own for both", () => {
    assert.deepEqual(values({ raw, host: "upstream" }, "host"), ["10.0.0.9:9119"]);
    assert.deepEqual(values({ raw, host: "upstream" }, "origin"), ["http://10.0.0.9:9119"]);
  });

  it("upstream leaves a foreign Origin as it is", () => {
    const foreign = ["Origin", "https://elsewhere.example"];
    assert.deepEqual(values({ raw: foreign, host: "upstream" }, "origin"), [
      "https://elsewhere.example",
    ]);
  });
});

describe("S15: forwarding fields", () => {
  it("replaces those of a stranger", () => {
    const raw = ["X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "ftp", "X-Real-IP", "6.6.6.6"];
    const parts = { raw, exchange: { prefix: "/hermes" }, peer: "203.0.113.7" };
    assert.deepEqual(values(parts, "x-forwarded-for"), ["203.0.113.7"]);
    assert.deepEqual(values(parts, "x-forwarded-proto"), ["https"]);
    assert.deepEqual(values(parts, "x-forwarded-host"), ["gate.example"]);
    assert.deepEqual(values(parts, "x-forwarded-prefix"), ["/hermes"]);
    assert.deepEqual(values(parts, "x-real-ip"), ["203.0.113.7"]);
  });

  it("appends a trusted peer to its own list", () => {
    const raw = ["X-Forwarded-For", "203.0.113.7, 10.0.0.1", "X-Forwarded-For", "10.0.0.2"];
    const parts = { raw, exchange: { peerTrusted: true }, peer: "::ffff:10.0.0.3" };
    const list = "203.0.113.7, 10.0.0.1, 10.0.0.2, 10.0.0.3";
    assert.deepEqual(values(parts, "x-forwarded-for"), [list]);
  });

  it("appends a peer that came over IPv4 or IPv6 as it is", () => {
    for (const peer of ["10.0.0.3", "2001:db8::1"]) {
      const raw = ["X-Forwarded-For", "203.0.113.7"];
      const list = values({ raw, exchange: { peerTrusted: true }, peer }, "x-forwarded-for");
      assert.deepEqual(list, [`203.0.113.7, ${peer}`]);
    }
  });

  it("names the client alone when a trusted peer sent an empty list", () => {
    const raw = ["X-Forwarded-For", ""];
    const parts = { raw, exchange: { peerTrusted: true }, peer: "10.0.0.3" };
    assert.deepEqual(values(parts, "x-forwarded-for"), ["203.0.113.7"]);
  });

  it("names the client alone when a trusted peer sent no list", () => {
    const parts = { raw: [], exchange: { peerTrusted: true }, peer: "10.0.0.3" };
    assert.deepEqual(values(parts, "x-forwarded-for"), ["203.0.113.7"]);
  });

  it("leaves a trusted Unix socket's list as it is", () => {
    const parts = { raw: ["X-Forwarded-For", "203.0.113.9"], exchange: { peerTrusted: true } };
    assert.deepEqual(values(parts, "x-forwarded-for"), ["203.0.113.9"]);
  });

  it("names no prefix where there is none", () => {
    assert.deepEqual(values({ raw: ["X-Forwarded-Prefix", "/evil"] }, "x-forwarded-prefix"), []);
  });
});

describe("upgrades", () => {
  const raw = [
    "Connection",
    "keep-alive, Upgrade",
    "Upgrade",
    "WebSocket",
    "Sec-WebSocket-Protocol",
    "app, t",
  ];

  it("asks for websocket and nothing else", () => {
    assert.deepEqual(values({ raw, upgrade: true }, "connection"), ["Upgrade"]);
    assert.deepEqual(values({ raw, upgrade: true }, "upgrade"), ["websocket"]);
  });

  it("S80: asks for no upgrade on a plain request", () => {
    assert.deepEqual(values({ raw: ["Upgrade", "h2c", "HTTP2-Settings", "x"] }, "upgrade"), []);
  });

  it("S78: offers what is left once, where several fields offered it", () => {
    const twice = [...raw, "sec-websocket-protocol", "other"];
    const parts = { raw: twice, plan: { protocols: "app, other" }, upgrade: true };
    assert.deepEqual(values(parts, "sec-websocket-protocol"), ["app, other"]);
  });

  const protocols: [name: string, left: string | undefined, sentOn: string[]][] = [
    ["passes the offered protocols untouched", undefined, ["app, t"]],
    ["S78: offers what is left without the ticket", "app", ["app"]],
    ["S78: offers none when the ticket was all", "", []],
  ];
  for (const [name, left, sentOn] of protocols) {
    it(name, () => {
      const plan = left === undefined ? {} : { protocols: left };
      assert.deepEqual(values({ raw, plan, upgrade: true }, "sec-websocket-protocol"), sentOn);
    });
  }
});
