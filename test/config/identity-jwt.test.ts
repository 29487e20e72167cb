import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { changesBetween, withLastingKeys } from "../../src/config/changes.ts";
import { makeIdentityKey, readIdentityKeys } from "../../src/proxy/identity-key.ts";
import { complaints, goodFile, loaded, temporaryFolder } from "../support/config.ts";

const on = `${goodFile}identity_jwt: { audience: sales }\n`;
const keyIn = (folder: string) => join(folder, "home/.local/state/hermes-gate/identity.key");

test("is off without an audience, and makes no key", (t) => {
  const folder = temporaryFolder(t);
  assert.equal(loaded(t, { folder, file: goodFile }).identityJwt, undefined);
  assert.deepEqual(readdirSync(dirname(keyIn(folder))), ["session.key"]);
});

test("S56: makes the key once, for its owner alone, and reads it from then on", (t) => {
  const folder = temporaryFolder(t);
  const first = loaded(t, { folder, file: on }).identityJwt;
  assert.equal(first?.keySource, "file");
  assert.deepEqual(loaded(t, { folder, file: on }).identityJwt, first);
  assert.equal(readFileSync(keyIn(folder), "utf8"), first?.pem);
  assert.equal(statSync(keyIn(folder)).mode & 0o777, 0o600);
  assert.equal(readIdentityKeys(first?.pem ?? "").length, 1);
});

test("S56: where the key cannot be written, a passing one signs, with a warning that says what follows", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "home"), "a file where the folder should be");
  const { identityJwt, warnings } = loaded(t, { folder, file: on });
  assert.equal(identityJwt?.keySource, "process");
  const warning = warnings.find((line) => line.includes("identity key")) ?? "";
  assert.match(warning, /\(ENOTDIR\): it is made anew at each start, and several gates need/);
});

test("check-config makes no file", (t) => {
  const folder = temporaryFolder(t);
  assert.equal(loaded(t, { folder, file: on, mode: "check" }).identityJwt?.keySource, "process");
  assert.deepEqual(readdirSync(folder), ["config.yaml"]);
});

test("a damaged key file is refused and not replaced, and one that others can read is a warning", (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(dirname(keyIn(folder)), { recursive: true });
  writeFileSync(keyIn(folder), "damaged", { mode: 0o600 });
  const [error = "", hint = ""] = complaints(t, { folder, file: on });
  assert.match(error, /^error: the key file .*identity\.key must hold 1 to 8 PEM private keys$/);
  assert.match(hint, /^hint: delete it/);
  assert.equal(readFileSync(keyIn(folder), "utf8"), "damaged");

  writeFileSync(keyIn(folder), makeIdentityKey());
  chmodSync(keyIn(folder), 0o644);
  const { warnings } = loaded(t, { folder, file: on });
  assert.ok(warnings.some((line) => line.includes("identity.key can be read by others")));
});

test("takes the keys of a file of the operator's own", (t) => {
  const pem = makeIdentityKey() + makeIdentityKey();
  const file = `${goodFile}identity_jwt: { audience: sales, key_file: keys.pem }\n`;
  const { identityJwt } = loaded(t, { file, files: { "keys.pem": pem } });
  assert.deepEqual(identityJwt, { audience: "sales", pem, keySource: "settings" });
});

const refused = [
  [
    "a file without an audience",
    "{ key_file: keys.pem }",
    /"identity_jwt\.key_file" must stand beside identity_jwt\.audience/,
  ],
  ["a file that is not there", "{ audience: a, key_file: no.pem }", /can be read \(ENOENT\)/],
  ["a file without a key", "{ audience: a, key_file: keys.pem }", /must hold 1 to 8 PEM/],
] as const;

for (const [name, setting, message] of refused) {
  test(`refuses ${name}`, (t) => {
    const file = `${goodFile}identity_jwt: ${setting}\n`;
    const [error = ""] = complaints(t, { file, files: { "keys.pem": "none" } });
    assert.match(error, message);
  });
}

test("S22: no identity header may take the signed one's name", (t) => {
  const file = `${goodFile}identity_headers: { X_Hermes_Identity: email }\n`;
  assert.match(complaints(t, { file })[0] ?? "", /must not be a header of HTTP itself, or one/);
});

test("a key of the process alone stays over a reload; another key and another audience are taken", (t) => {
  const read = (file: string, pem: string) =>
    loaded(t, { file, mode: "read", files: { "keys.pem": pem } });
  const one = read(on, "");
  const again = read(on, "");
  assert.notEqual(again.identityJwt?.pem, one.identityJwt?.pem);
  assert.deepEqual(changesBetween(one, again).taken, []);
  assert.equal(withLastingKeys(one, again).identityJwt?.pem, one.identityJwt?.pem);
  const named = on.replace("sales", "others");
  assert.deepEqual(changesBetween(one, read(named, "")).taken, ["identity_jwt"]);
  const own = on.replace("sales", "sales, key_file: keys.pem");
  const [first, second] = [makeIdentityKey(), makeIdentityKey()];
  assert.deepEqual(changesBetween(read(own, first), read(own, second)).taken, ["identity_jwt"]);
});

test("is made where signing begins with a reload, while no session key is", (t) => {
  const folder = temporaryFolder(t);
  const { identityJwt, session } = loaded(t, { folder, file: on, mode: "reload" });
  assert.deepEqual([identityJwt?.keySource, session.secretSource], ["file", "process"]);
  assert.deepEqual(readdirSync(dirname(keyIn(folder))), ["identity.key"]);
});
