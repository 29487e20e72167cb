/** The parts of the executable's build that need no executable: formats, the bundle, licences, the figures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleEntry, bundleGate, licences } from "../../binary/bundle.ts";
import { median } from "../../binary/start-up.ts";
import { targetOf } from "../../binary/targets.ts";

/** The first bytes of an ELF file for this machine code. */
function elf(machine: number, bits = 2): Buffer {
  const head = Buffer.alloc(32);
  head.set([0x7f, 0x45, 0x4c, 0x46, bits]);
  head.writeUInt16LE(machine, 18);
  return head;
}

function machO(cpu: number): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0xfeedfacf, 0);
  head.writeUInt32LE(cpu, 4);
  return head;
}

const formats: readonly [string, Buffer, string | undefined][] = [
  ["ELF for x64", elf(0x3e), "linux-x64"],
  ["ELF for arm64", elf(0xb7), "linux-arm64"],
  ["ELF of 32 bits", elf(0x3e, 1), undefined],
  ["ELF for another machine", elf(0xf3), undefined],
  ["Mach-O for arm64", machO(0x0100000c), "macos-arm64"],
  ["Mach-O for x64", machO(0x01000007), undefined],
  ["a script", Buffer.from("#!/usr/bin/env node\n//////////////"), undefined],
];

for (const [name, head, target] of formats) {
  test(`${name} is of ${target ?? "no target"}`, () => {
    assert.equal(targetOf(head), target);
  });
}

test("the bundle is one expression of ASCII that wants nothing but Node's own modules", async () => {
  const { code, packages } = await bundleGate();
  assert.match(code, /^[\x00-\x7f]*$/);
  const wanted = [...code.matchAll(/\brequire\("(?!node:)([^"]+)"\)/g)].map(([, name]) => name);
  const builtIn = new Set(process.getBuiltinModule("node:module").builtinModules);
  // The programs that ws and others take when they happen to be installed; without them they do it themselves.
  const optional = new Set(["bufferutil", "utf-8-validate", "supports-color"]);
  assert.deepEqual(
    wanted.filter((name = "") => !builtIn.has(name) && !optional.has(name)),
    [],
  );
  const names = packages.map((folder) => folder.split("/node_modules/").at(-1));
  for (const name of ["undici", "ws", "jose", "pino", "zod", "yaml", "commander", "ioredis"]) {
    assert.ok(names.includes(name), name);
  }
  const text = licences("node's own", packages);
  for (const name of names) assert.match(text, new RegExp(`^${name} \\d`, "m"));
  assert.doesNotMatch(text, /^\S+ [\d.]+\n\n\n/m, "a package without a licence");
});

test("the executable's entries need no other file", async () => {
  for (const name of ["main.ts", "warm-up.ts"] as const) {
    assert.doesNotMatch(await bundleEntry(name), /require\("(?!node:)/);
  }
});

test("the median is the middle, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});
