import assert from "node:assert/strict";
import { test } from "node:test";
import {
  foldName,
  hopByHopFields,
  isManagedField,
  isReservedField,
} from "../../src/http/fields.ts";

const managed = [
  "X-Forwarded-User",
  "x_forwarded_user",
  "X_Forwarded-EMAIL",
  "X-Forwarded-For",
  "X-Forwarded-Uri",
  "X-Forwarded-Anything-New",
  "Forwarded",
  "X-Forwarded",
  "X-Original-URI",
  "X-Real-IP",
  "X_Real_IP",
  "X-Original-URL",
  "X-Rewrite-URL",
  "X-Hermes-Identity",
];

for (const name of managed) {
  test(`S22: a client's ${name} is the gate's to drop`, () => {
    assert.equal(isManagedField(foldName(name)), true);
  });
}

for (const name of ["X-Forward-User", "User-Agent", "X-Request-Id", "Authorization", "Cookie"]) {
  test(`${name} is the client's`, () => assert.equal(isManagedField(foldName(name)), false));
}

test("S24, S80: the fields of one connection are known", () => {
  const names = ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"];
  const ofProxies = ["Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization"];
  for (const name of [...names, ...ofProxies, "Transfer_Encoding", "HTTP2-Settings"]) {
    assert.equal(hopByHopFields.has(foldName(name)), true, name);
  }
  assert.equal(hopByHopFields.has("te-x"), false);
});

for (const name of [
  ...["Host", "Cookie", "authorization", "Content_Length", "Upgrade", "Sec-WebSocket-Key"],
  ...["Accept-Encoding", "Content-Encoding", "Content-Range", "Content-Type", "Date", "Expect"],
  ...["Origin", "Range", "Set-Cookie", "Via", "X-Real-IP"],
  ...["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"],
  ...["X-Forwarded-Proto", "x_hermes_identity"],
]) {
  test(`no identity header may be named ${name}`, () => {
    assert.equal(isReservedField(foldName(name)), true);
  });
}

test("an identity header may take any other name", () => {
  for (const name of ["X-WEBAUTH-USER", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email"]) {
    assert.equal(isReservedField(foldName(name)), false, name);
  }
});
