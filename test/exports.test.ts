/** What the package exports, as its user has it: by name, from a folder of his own, with the types of `dist/`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

/** A folder with the examples of the documentation, in which the package is installed. */
function createUserFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermes-gate-user-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/hermes-gate"));
  symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
  cpSync(join(root, "docs/examples"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return folder;
}

test("the example of a provider passes its suite in its author's folder", async (t) => {
  const cwd = createUserFolder(t);
  // Without NODE_OPTIONS and the runner's own variable, which would make it report to this process.
  const env = { PATH: process.env["PATH"], HOME: cwd };
  const args = ["--test", "--test-reporter", "tap", "provider.test.ts"];
  const { stdout } = await run(process.execPath, args, { cwd, env });
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(stdout)?.[1]);
  assert.ok(count("pass") > 25, stdout);
  assert.deepEqual([count("fail"), count("skipped")], [0, 0]);
});

const page = `import { createClient, hasLiveSession, type Account, type GateSocket } from "hermes-gate/browser";
const gate = createClient(new URL("/", location.href));
const socket: GateSocket = gate.ws("/ws", ["app"]);
socket.oninterrupted = ({ code }) => console.log(code.toFixed());
export const account: Account | null = await gate.me();
export const live: boolean = hasLiveSession([{ name: "hermes_session_at" }]);
const served: typeof import("hermes-gate/browser") = await import("/auth/client.js" as string);
await served.logout();
`;

test("the types that the package exports hold in its user's code", async (t) => {
  const cwd = createUserFolder(t);
  writeFileSync(join(cwd, "page.ts"), page);
  const strict = [
    "--strict",
    "--noEmit",
    "--exactOptionalPropertyTypes",
    "--allowImportingTsExtensions",
  ];
  const target = ["--module", "nodenext", "--target", "es2024", "--types", "node"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const check = (...files: string[]) =>
    run(process.execPath, [tsc, ...strict, ...target, ...files], { cwd });
  await check("page.ts", "provider.ts", "service.ts", "provider.test.ts");
  writeFileSync(join(cwd, "wrong.ts"), 'import { ws } from "hermes-gate/browser";\nws(7);\n');
  await assert.rejects(check("wrong.ts"), { stdout: /wrong\.ts.*TS(?:2345|2769)/ });
});
