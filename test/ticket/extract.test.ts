import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  extractTicket,
  ticketShape,
  ticketsInProtocols,
  ticketsInQuery,
} from "../../src/ticket/extract.ts";

const T = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
const U = T.toLowerCase();
const encoded = `%41${T.slice(1)}`;

const taken = [
  ["alone", `/ws?ticket=${T}`, "/ws"],
  ["first", `/ws?ticket=${T}&a=1`, "/ws?a=1"],
  ["last", `/ws?a=1&ticket=${T}`, "/ws?a=1"],
  ["between others, which stay byte-equal", `/ws?a=%7e+&&ticket=${T}&b&=c`, "/ws?a=%7e+&&b&=c"],
  ["with its name encoded", `/ws?%74icket=${T}`, "/ws"],
  ["with its name encoded throughout", `/ws?%74%69%63%6b%65%74=${T}&a`, "/ws?a"],
  ["with its value encoded", `/ws?ticket=${encoded}`, "/ws"],
  ["beside another ticket value of the dashboard", `/ws?ticket=7&ticket=${T}`, "/ws?ticket=7"],
  ["behind a second question mark", `/ws?a=?&ticket=${T}`, "/ws?a=?"],
] as const;

for (const [where, target, rest] of taken) {
  test(`S78: takes a ticket out of the query that stands ${where}`, () => {
    assert.deepEqual(extractTicket(target, undefined), { kind: "one", ticket: T, target: rest });
  });
}

const left = [
  ["of another shape", "/ws?ticket=abc"],
  ["a character too short", `/ws?ticket=${T.slice(1)}`],
  ["a character too long", `/ws?ticket=${T}A`],
  ["with a character that base64url does not have", `/ws?ticket=${T.slice(1)}+`],
  ["without a value", "/ws?ticket"],
  ["under another name", `/ws?Ticket=${T}&tickets=${T}&my_ticket=${T}&ticket%20=${T}`],
  ["under a name that does not decode", `/ws?ticket%=${T}&%ffticket=${T}`],
  ["encoded twice", `/ws?%2574icket=${T}`],
  ["in the path", `/ticket=${T}`],
  ["as token", `/ws?token=${T}`],
] as const;

for (const [what, target] of left) {
  test(`leaves to the dashboard what is ${what}`, () => {
    assert.deepEqual(extractTicket(target, undefined), { kind: "none" });
  });
}

const protocols = [
  ["first of two", `hermes-gate.ticket.${T}, chat`, "chat"],
  ["last of two", `chat, hermes-gate.ticket.${T}`, "chat"],
  ["between others", `a,hermes-gate.ticket.${T} , b`, "a, b"],
  ["alone", `hermes-gate.ticket.${T}`, ""],
] as const;

for (const [where, field, rest] of protocols) {
  test(`S78: takes a ticket out of the protocols that stands ${where}`, () => {
    const found = extractTicket("/ws?a=1", field);
    assert.deepEqual(found, { kind: "one", ticket: T, target: "/ws?a=1", protocols: rest });
  });
}

test("reads protocols that came in several fields", () => {
  const found = extractTicket("/ws", ["chat", `hermes-gate.ticket.${T}`]);
  assert.deepEqual(found, { kind: "one", ticket: T, target: "/ws", protocols: "chat" });
});

const otherProtocols = [
  "chat",
  " chat , superchat ",
  "",
  "hermes-gate.ticket.abc",
  `hermes-gate.ticket.${T}A`,
  `Hermes-Gate.Ticket.${T}`,
  `x-hermes-gate.ticket.${T}`,
];
for (const field of otherProtocols) {
  test(`leaves the protocols "${field}" as they are`, () => {
    assert.deepEqual(extractTicket("/ws", field), { kind: "none" });
    assert.deepEqual(ticketsInProtocols(field), { tickets: [], rest: field });
  });
}

test("keeps the protocols beside a ticket in the query", () => {
  const found = extractTicket(`/ws?ticket=${T}`, "a , b");
  assert.deepEqual(found, { kind: "one", ticket: T, target: "/ws", protocols: "a , b" });
});

const several = [
  ["twice in the query", `/ws?ticket=${T}&ticket=${U}`, undefined, [T, U]],
  ["equal ones", `/ws?ticket=${T}&%74icket=${T}`, undefined, [T, T]],
  ["in query and protocols", `/ws?ticket=${T}`, `hermes-gate.ticket.${U}`, [T, U]],
  ["twice in the protocols", "/ws", `hermes-gate.ticket.${T},hermes-gate.ticket.${U}`, [T, U]],
] as const;

for (const [where, target, field, tickets] of several) {
  test(`gives every ticket when more than one came: ${where}`, () => {
    assert.deepEqual(extractTicket(target, field), { kind: "several", tickets });
  });
}

test("knows the shape of a ticket", () => {
  assert.equal(ticketShape(T), true);
  for (const other of ["", T.slice(1), `${T}A`, `${T}\n`, `\n${T}`, `${T.slice(1)}=`]) {
    assert.equal(ticketShape(other), false, JSON.stringify(other));
  }
});

const pair = fc.oneof(
  fc.constantFrom(
    `ticket=${T}`,
    `%74icket=${U}`,
    `ticket=${encoded}`,
    "ticket=7",
    "ticket",
    "",
    "a=%7e+",
  ),
  fc.string({
    unit: fc.constantFrom("ticket", "%74icket", "=", "%", T, "?", "+", "%26"),
    maxLength: 5,
  }),
);
test("S78: leaves no ticket for a reader of the query, and every other pair byte-equal in its place", () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
      const query = pairs.join("&");
      const { tickets, rest } = ticketsInQuery(query);
      const isTicket = (text: string) =>
        new URLSearchParams(`${text}&`).getAll("ticket").some(ticketShape);
      assert.equal(rest, pairs.filter((text) => !isTicket(text)).join("&"));
      assert.equal(tickets.length, pairs.filter(isTicket).length);
    }),
  );
});
