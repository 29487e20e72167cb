import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { installNode, nodeOnPath, noNodeLines } from "./support/node-lines.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "hermes-gate-package-"));
const prefix = join(directory, "prefix");

/** Paths in the tarball, and the installed command. Filled once for all tests: packing and installing takes seconds. */
let packed: readonly string[] = [];
const command = join(prefix, "lib/node_modules/hermes-gate/bin/hermes-gate.js");

before(async () => {
  if (!existsSync(join(root, "dist"))) await run("npm", ["run", "build"], { cwd: root });
  // Without scripts: `prepack` would build dist anew under the feet of tests that run it just now.
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const { stdout } = await run("npm", pack, { cwd: root });
  const { filename, files } = readPackList(stdout);
  packed = files;
  const flags = ["--prefer-offline", "--no-audit", "--no-fund"];
  const tarball = join(directory, filename);
  await run("npm", ["install", "--global", "--prefix", prefix, ...flags, tarball]);
});

after(() => rmSync(directory, { recursive: true, force: true }));

test("the package holds what runs and what explains it, and nothing else", () => {
  const allowed =
    /^(?:bin\/|dist\/|deploy\/|docs\/|man\/hermes-gate\.1$|config\.example\.yaml$|package\.json$|README\.md$|LICENSE$)/;
  assert.deepEqual(
    packed.filter((path) => !allowed.test(path)),
    [],
  );
  for (const path of ["bin/hermes-gate.js", "dist/cli.js", "dist/serve.js", "dist/serve.d.ts"]) {
    assert.ok(packed.includes(path), `${path} is missing`);
  }
  for (const path of [
    "config.example.yaml",
    "man/hermes-gate.1",
    "README.md",
    "LICENSE",
    "docs/configuration.md",
  ]) {
    assert.ok(packed.includes(path), `${path} is missing`);
  }
});

test("installing puts the man page where man looks", () => {
  assert.ok(existsSync(join(prefix, "share/man/man1/hermes-gate.1")));
});

test("the package runs no script when it is installed", () => {
  const hooks = ["preinstall", "install", "postinstall", "prepare"];
  assert.deepEqual(
    Object.keys(manifest.scripts).filter((name) => hooks.includes(name)),
    [],
  );
});

test("the installed command tells its version on this Node", () => {
  const { stdout, status, stderr } = spawnSync(join(prefix, "bin/hermes-gate"), ["--version"], {
    encoding: "utf8",
    cwd: directory,
  });
  assert.equal(status, 0, stderr);
  assertVersionLine(stdout, process.version);
});

for (const version of ["22.23.3", "24.21.0"]) {
  test(`the installed command runs on Node ${version}`, {
    skip: noNodeLines() ?? false,
  }, async () => {
    const node = await installNode(directory, version);
    const told = spawnSync(node, [command, "--version"], { encoding: "utf8", cwd: directory });
    assert.equal(told.status, 0, told.stderr);
    assertVersionLine(told.stdout, `v${version}`);
    // Every module is loaded, and the refusal is the command's own, not the runtime's.
    const checked = spawnSync(node, [command, "check-config"], {
      encoding: "utf8",
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: directory },
    });
    assert.equal(checked.status, 78, checked.stderr);
    assert.match(checked.stderr, /upstream/);
  });
}

test("on Node 20 the command says what it needs, and how to come by it", {
  skip: noNodeLines() ?? false,
}, async () => {
  const node = nodeOnPath(20) ?? (await installNode(directory, "20"));
  const { status, stdout, stderr } = spawnSync(node, [command, "--version"], {
    encoding: "utf8",
    cwd: directory,
  });
  assert.equal(status, 64);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: .*\b22\.21\b.*\bv20\.\d+.*\nhint: .*\n$/);
});

function assertVersionLine(line: string, node: string): void {
  const shape = /^hermes-gate (\S+) \((?:[0-9a-f]{8}|unknown), node (v\S+)\)\n$/;
  assert.match(line, shape);
  assert.deepEqual(shape.exec(line)?.slice(1), [manifest.version, node]);
}

/** npm lists one package, as an array or, from npm 12 on, by name. */
function readPackList(json: string): { readonly filename: string; readonly files: string[] } {
  const parsed: unknown = JSON.parse(json);
  const [entry]: unknown[] = Object.values(parsed as object);
  const { filename, files } = entry as { filename: string; files: { path: string }[] };
  return { filename, files: files.map(({ path }) => path) };
}
