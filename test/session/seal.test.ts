import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { CompactEncrypt } from "jose";
import { GateError } from "../../src/base/errors.ts";
import { createSealer } from "../../src/session/seal.ts";

const first = "first secret, thirty-two bytes or more";
const second = "second secret, thirty-two bytes or more";

/** Writes a sealed value by the format alone, so that a test can put inside what `seal` would not. */
function sealedByHand(
  purpose: string,
  plaintext: Uint8Array,
  header: object = {},
): Promise<string> {
  const derive = (info: string, size: number) =>
    Buffer.from(hkdfSync("sha256", first, "hermes-gate", info, size));
  const kid = derive("key id", 9).toString("base64url");
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, use: purpose, v: 1, ...header })
    .encrypt(derive(`seal 1 ${purpose}`, 32));
}

test("S55: opens any JSON value that it sealed, or refuses to seal it for its size", async () => {
  const { seal, open } = createSealer({ secrets: [first] });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.nat(80_000), async (value, padding) => {
      const whole = { value, padding: "p".repeat(padding) };
      if (Buffer.byteLength(JSON.stringify(whole)) > 65_536) {
        await assert.rejects(seal("cookie", whole), GateError);
        return;
      }
      assert.deepEqual(
        await open("cookie", await seal("cookie", whole)),
        JSON.parse(JSON.stringify(whole)),
      );
    }),
    { numRuns: 60 },
  );
});

test("refuses a value over 64 KiB and says which and how large", async () => {
  const { seal } = createSealer({ secrets: [first] });
  await assert.rejects(seal("cookie", "x".repeat(65_535)), (error: unknown) => {
    assert.ok(error instanceof GateError);
    assert.equal(error.code, "session_too_large");
    assert.deepEqual(error.facts, { purpose: "cookie", bytes: 65_537, limit: 65_536 });
    return true;
  });
});

test("never seals one value twice into the same text", async () => {
  const { seal } = createSealer({ secrets: [first] });
  assert.notEqual(await seal("cookie", 1), await seal("cookie", 1));
});

test("S55: does not open a value under another purpose", async () => {
  const { seal, open } = createSealer({ secrets: [first] });
  const sealed = await seal("hermes_session_at", "value");
  assert.equal(await open("hermes_session_rt", sealed), undefined);
  assert.equal(await open("hermes_session_at", sealed), "value");
});

test("S55: does not open a value whose header was replaced by another purpose's", async () => {
  const { seal, open } = createSealer({ secrets: [first] });
  const [header] = (await seal("hermes_session_rt", "other")).split(".");
  const [, ...rest] = (await seal("hermes_session_at", "value")).split(".");
  assert.equal(await open("hermes_session_rt", [header, ...rest].join(".")), undefined);
});

test("S55: does not open a value in which any one character was changed", async () => {
  const { seal, open } = createSealer({ secrets: [first] });
  const sealed = await seal("cookie", "value");
  for (let at = 0; at < sealed.length; at += 1) {
    // Not the last character of a segment, of which base64url does not use every bit.
    if (sealed[at + 1] === "." || at === sealed.length - 1) continue;
    const changed = sealed[at] === "A" ? "B" : "A";
    const altered = sealed.slice(0, at) + changed + sealed.slice(at + 1);
    assert.equal(await open("cookie", altered), undefined, `character ${at}`);
  }
});

const notSealed = [
  ["nothing", ""],
  ["plain text", "hello"],
  ["dots alone", "...."],
  ["a header alone", Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString("base64url")],
  ["a foreign JWE", `${Buffer.from('{"alg":"none"}').toString("base64url")}..a.b.c`],
  ["text beyond ASCII", "ü€\u0000"],
] as const;

for (const [name, text] of notSealed) {
  test(`S55: opens nothing of ${name}`, async () => {
    const { open } = createSealer({ secrets: [first] });
    assert.equal(await open("cookie", text), undefined);
  });
}

test("S55: does not open a value of another version", async () => {
  const { open } = createSealer({ secrets: [first] });
  const plaintext = deflateRawSync('"value"');
  assert.equal(await open("cookie", await sealedByHand("cookie", plaintext)), "value");
  assert.equal(await open("cookie", await sealedByHand("cookie", plaintext, { v: 2 })), undefined);
});

test("S56: opens with any of its secrets and seals with the first", async () => {
  const old = createSealer({ secrets: [first] });
  const rotated = createSealer({ secrets: [second, first] });
  const only = createSealer({ secrets: [second] });
  assert.equal(await rotated.open("cookie", await old.seal("cookie", "value")), "value");
  assert.equal(await only.open("cookie", await rotated.seal("cookie", "value")), "value");
  assert.equal(await only.open("cookie", await old.seal("cookie", "value")), undefined);
});

test("S56: does not start without a secret or with one under 32 bytes", () => {
  assert.throws(() => createSealer({ secrets: [] }), /at least 32 bytes/);
  assert.throws(() => createSealer({ secrets: [first, "x".repeat(31)] }), /at least 32 bytes/);
  assert.ok(createSealer({ secrets: ["ü".repeat(16)] }));
});

test("S91: decompresses to 64 KiB at most, also what has the right key", async () => {
  const { open } = createSealer({ secrets: [first] });
  const fits = JSON.stringify("x".repeat(65_534));
  const bomb = JSON.stringify("x".repeat(65_535));
  assert.equal(
    await open("cookie", await sealedByHand("cookie", deflateRawSync(fits))),
    JSON.parse(fits),
  );
  assert.equal(await open("cookie", await sealedByHand("cookie", deflateRawSync(bomb))), undefined);
});

test("S101: shows nothing of the value or the secret in the sealed text", async () => {
  const { seal } = createSealer({ secrets: [first] });
  const sealed = await seal("cookie", "visible-marker");
  const decoded = sealed
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString("latin1"));
  for (const text of [sealed, ...decoded]) {
    assert.ok(!text.includes("visible-marker"));
    assert.ok(!text.includes(first.slice(0, 8)));
  }
});
