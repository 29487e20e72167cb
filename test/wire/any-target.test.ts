/**
 * Any request target at all, written by raw socket to the whole gate: what is judged is what is sent, or nothing is sent. The
 * oracle of what is public is not the gate's own code: it reads the path in every way that a server behind might.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { posix } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { startStack } from "../e2e/stack.ts";
import { signIn } from "../support/sign-in.ts";

interface Outcome {
  readonly status: number;
  /** The targets that the dashboard was asked for. */
  readonly reached: readonly string[];
}

interface Ask {
  readonly cookie?: string;
  /** A field more, as `Name: value`. */
  readonly field?: string;
}

/** A gate before a dashboard that tells which targets reach it; `/open/` and `/exact` are public. */
async function startGate(t: TestContext) {
  let reached: string[] = [];
  const upstream = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end();
  });
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  t.after(() => upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const { url, browser } = await startStack(t, {
    settings: { upstream: `127.0.0.1:${port}`, public_paths: ["/open/", "/exact"] },
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const cookie = alice.jar.header(new URL(url));

  async function ask(target: string, { cookie = "", field = "" }: Ask = {}): Promise<Outcome> {
    reached = [];
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const lines = [
      `GET ${target} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      ...(cookie === "" ? [] : [`Cookie: ${cookie}`]),
      ...(field === "" ? [] : [field]),
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    let answer = "";
    for await (const chunk of socket.setEncoding("latin1")) answer += chunk;
    return { status: Number(answer.slice(9, 12)), reached };
  }
  return { ask, cookie };
}

const piece = fc.oneof(
  fc.constantFrom("/", "//", "open", "exact", "secret", "hermes", "a", "~", "-"),
  fc.constantFrom(
    ...["/./", "/../", "/..", "/%2e%2E/", "/%2e/", "/..%2f", "%2f..%2f", "/%252e%252e/", "\\..\\"],
    ...[
      "\\..\\..\\secret",
      "%5c..%5c..%5c",
      "/..%2f..%2f",
      "%5c..%5c",
      "/..;/",
      ";x=1",
      "%3b",
      "/.%00./",
      "%2e",
    ],
  ),
  fc.constantFrom(
    ...["%25", "%00", "%0a", "%7f", "%c3%a4", "%ff", "%", "%4", "?", "?x=/open/", "#", "#/open/"],
    ...[":", "@", "*", "+", "|", '"', "\t", "\x7f", "\xe9"],
  ),
);
const target = fc
  .tuple(
    fc.oneof(
      fc.constant("/open/"),
      fc.constantFrom("/exact", "/hermes/open/", "/secret", "/", "//", "open/", "*"),
    ),
    // Few: each may be one that is refused by itself, and would hide the others.
    fc.array(piece, { maxLength: 3 }),
  )
  .map(([start, rest]) => start + rest.join(""));

/** The path as servers have been seen to read it: decoded, twice too, without parameters, with slashes for backslashes. */
function readings(raw: string): readonly string[] {
  const path = raw.replace(/[?#].*$/s, "");
  const decoded = decode(path);
  const spelt = [path, decoded, decode(decoded), path.replace(/;[^/]*/g, "")];
  const url = URL.canParse(path, "http://a") ? [new URL(path, "http://a").pathname] : [];
  return [...spelt, ...url].flatMap((text) => {
    const turned = text.replaceAll("\\", "/");
    return [text, posix.normalize(text), turned, posix.normalize(turned)];
  });
}

function decode(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const isPublic = (path: string) => path.startsWith("/open/") || path === "/exact";

test("S6: with a session any target reaches the dashboard byte for byte, or is refused", async (t) => {
  const { ask, cookie } = await startGate(t);
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(target, async (raw) => {
      const { status, reached } = await ask(raw, { cookie });
      if (reached.length === 0) {
        assert.ok(status >= 400, `${status} without asking the dashboard`);
        return;
      }
      passed += 1;
      assert.deepEqual(reached, [raw]);
    }),
    { numRuns: 400 },
  );
  assert.ok(passed > 50, `only ${passed} targets passed`);
});

test("S1, S3: without a session a target passes only if it is public however it is read", async (t) => {
  const { ask } = await startGate(t);
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(target, async (raw) => {
      const { status, reached } = await ask(raw);
      if (reached.length === 0) {
        assert.ok(status >= 400, `${status} without asking the dashboard`);
        const plain = /^\/open\/(?:[a-z~-]+\/)*[a-z~-]+$/.test(raw) || raw === "/exact";
        assert.ok(!plain, "a plainly public path is refused");
        return;
      }
      passed += 1;
      assert.deepEqual(reached, [raw]);
      for (const path of readings(raw)) assert.ok(isPublic(path), `can be read as ${path}`);
    }),
    { numRuns: 600 },
  );
  assert.ok(passed > 20, `only ${passed} targets passed`);
});

const claims = [
  ...["X-Original-URL: /open/a", "X-Original-URI: /open/a", "X-Rewrite-URL: /open/a"],
  ...["X-Forwarded-Uri: /open/a", "X-Forwarded-Prefix: /secret", "X-HTTP-Method-Override: GET"],
];

for (const field of claims) {
  test(`S1, S8: nothing is public through ${field}, though a trusted peer sends it`, async (t) => {
    const { ask } = await startGate(t);
    for (const raw of ["/secret", "/secret/open/a", "/secret?/open/a"]) {
      assert.deepEqual((await ask(raw, { field })).reached, [], raw);
    }
    assert.deepEqual((await ask("/open/a", { field })).reached, ["/open/a"]);
  });
}
