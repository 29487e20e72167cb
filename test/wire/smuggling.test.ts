/**
 * Smuggling: two readers of one byte stream who disagree where a message ends. Each attack is written as the attacker writes it, to
 * the whole gate, with a hidden request or answer in it; what is hidden must never come out as a message of its own.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

const hidden = "GET /admin HTTP/1.1\r\nHost: h\r\nX-Hidden: 1\r\n\r\n";

interface Attack {
  readonly name: string;
  /** What the attacker hopes for. */
  readonly story: string;
  readonly lines: readonly string[];
  readonly body: string;
}

const post = "POST /upload HTTP/1.1";
const chunkedHidden = `0\r\n\r\n${hidden}`;

const attacks: readonly Attack[] = [
  {
    name: "CL.TE",
    story:
      "the gate goes by the length and passes all as one body; the upstream goes by the chunks",
    lines: [post, `Content-Length: ${chunkedHidden.length}`, "Transfer-Encoding: chunked"],
    body: chunkedHidden,
  },
  {
    name: "TE.CL",
    story:
      "the gate goes by the chunks; the upstream reads four bytes and takes the rest for a request",
    lines: [post, "Content-Length: 4", "Transfer-Encoding: chunked"],
    body: `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  },
  {
    name: "TE.TE with a coding that only one of them knows",
    story: "whoever ignores the odd one falls back to a length of nothing",
    lines: [post, "Transfer-Encoding: chunked", "Transfer-Encoding: cow"],
    body: chunkedHidden,
  },
  {
    name: "a coding in quotes",
    story: "one reader takes it for chunked, the other for no coding at all",
    lines: [post, 'Transfer-Encoding: "chunked"'],
    body: chunkedHidden,
  },
  {
    name: "chunked as the first of two codings",
    story: "the body has no end that both would find",
    lines: [post, "Transfer-Encoding: chunked, identity"],
    body: chunkedHidden,
  },
  {
    name: "a vertical tab before the coding",
    story: "one reader trims it, the other knows no such coding",
    lines: [post, "Transfer-Encoding: \x0bchunked"],
    body: chunkedHidden,
  },
  {
    name: "two lengths",
    story: "one goes by the first, the other by the last",
    lines: [post, "Content-Length: 0", `Content-Length: ${hidden.length}`],
    body: hidden,
  },
  {
    name: "a length with a sign",
    story: "one takes it for a number, the other for nothing",
    lines: [post, `Content-Length: +${hidden.length}`],
    body: hidden,
  },
  {
    name: "a length of two numbers",
    story: "one goes by the first of the list, the other refuses or goes by the last",
    lines: [post, `Content-Length: 0, ${hidden.length}`],
    body: hidden,
  },
  {
    name: "a chunk size beyond 64 bits",
    story: "one counts on, the other has wrapped to nothing",
    lines: [post, "Transfer-Encoding: chunked"],
    body: `10000000000000000\r\n${chunkedHidden}`,
  },
  {
    name: "a chunk size that ends in a bare line feed",
    story: "one sees the end of the line, the other an extension that swallows what follows",
    lines: [post, "Transfer-Encoding: chunked"],
    body: `5;\nhello\r\n${chunkedHidden}`,
  },
  {
    name: "more bytes than the chunk has",
    story: "one goes on where the size says, the other looks for the next line end",
    lines: [post, "Transfer-Encoding: chunked"],
    body: `2\r\nhello\r\n${chunkedHidden}`,
  },
  {
    name: "a folded Transfer-Encoding",
    story: "one joins the lines, the other never sees the coding",
    lines: [post, "Transfer-Encoding:", " chunked"],
    body: chunkedHidden,
  },
  {
    name: "a space before the colon",
    story: "one drops the field, the other trims its name",
    lines: [post, "Transfer-Encoding : chunked"],
    body: chunkedHidden,
  },
];

describe("S84, S85: a smuggled request", () => {
  for (const { name, story, lines, body } of attacks) {
    it(`by ${name} is refused and the connection closed: ${story}`, async (t) => {
      const reached: string[] = [];
      const upstream = await rawUpstream(t, async (connection) => {
        for (;;) {
          reached.push((await connection.requestHead()).start);
          connection.send(answerText("x"));
        }
      });
      const gate = await startGateServer(t, upstream.origin);
      const client = await gate.client();
      const [start = "", ...fields] = lines;
      const head = [start, `Host: ${gate.host}`, await gate.cookieLine(), ...fields];
      client.send(requestText(head, body));
      const answer = await client.answer();
      assert.match(answer.start, /^HTTP\/1\.1 (?:400|502) /);
      assert.deepEqual(answer.values("connection"), ["close"]);
      client.send(requestText(["GET /late HTTP/1.1", `Host: ${gate.host}`]));
      assert.equal(String(await client.rest()), "", "nothing more is answered");
      assert.deepEqual(
        reached.filter((line) => !line.startsWith(post)),
        [],
        "and nothing more is asked",
      );
    });
  }

  it("in the body of a GET stays a body, and is not the next request on that connection", async (t) => {
    const reached: string[] = [];
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        const { start, body } = await connection.request();
        reached.push(`${connection.number} ${start} ${body.length}`);
        connection.send(answerText("x"));
      }
    });
    const gate = await startGateServer(t, upstream.origin);
    const client = await gate.client();
    const who = [`Host: ${gate.host}`, await gate.cookieLine()];
    client.send(
      requestText(["GET /a HTTP/1.1", ...who, `Content-Length: ${hidden.length}`], hidden),
    );
    await client.answer();
    client.send(requestText(["GET /b HTTP/1.1", ...who]));
    await client.answer();
    assert.deepEqual(reached, [`1 GET /a HTTP/1.1 ${hidden.length}`, "2 GET /b HTTP/1.1 0"]);
  });
});

describe("S87: a planted answer", () => {
  const planted = answerText("planted");
  const rows: [name: string, method: string, answer: string][] = [
    ["behind a HEAD's", "HEAD", `HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n${planted}`],
    ["behind a 204", "GET", `HTTP/1.1 204 No Content\r\n\r\n${planted}`],
    ["behind a 304", "GET", `HTTP/1.1 304 Not Modified\r\n\r\n${planted}`],
    ["behind a counted body", "GET", `${answerText("x")}${planted}`],
    [
      "behind the last chunk",
      "GET",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${planted}`,
    ],
  ];
  for (const [name, method, answer] of rows) {
    it(`${name} is never the answer to somebody else's request`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        for (;;) {
          const { start } = await connection.request();
          connection.send(start.includes("/attack") ? answer : answerText("honest"));
        }
      });
      const gate = await startGateServer(t, upstream.origin);
      const cookie = await gate.cookieLine();
      const ask = (line: string) => requestText([`${line} HTTP/1.1`, `Host: ${gate.host}`, cookie]);
      const [attacker, victim] = [await gate.client(), await gate.client()];
      for (let round = 0; round < 5; round += 1) {
        attacker.send(ask(`${method} /attack`));
        assert.match(
          (await attacker.answer({ bodiless: method === "HEAD" })).start,
          / (?:200|204|304) /,
        );
        victim.send(ask("GET /honest"));
        assert.equal(String((await victim.answer()).body), "honest");
      }
      assert.equal(String(attacker.unread), "", "the attacker gets no more than one either");
    });
  }
});
