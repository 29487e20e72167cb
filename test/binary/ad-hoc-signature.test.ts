/** The ad-hoc signature of a Mach-O file, on a small one made here: what macOS reads of it, read back as macOS does. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { signAdHoc } from "../../binary/ad-hoc-signature.ts";

const textBytes = 0x3000;
const linkEditBytes = 0x1235;

interface Parts {
  /** Bytes between the last load command and what follows it. */
  readonly room?: number;
  /** Bytes after the last segment. */
  readonly trailing?: number;
}

/** A file with a text segment, its load commands at the start, and a link-edit segment. */
function machO({ room = 16, trailing = 0 }: Parts = {}): Buffer {
  const file = Buffer.alloc(textBytes + linkEditBytes + trailing, 0xa5);
  file.fill(0, 0, 32 + 2 * 72 + room);
  [0xfeedfacf, 0x0100000c, 0, 2, 2, 2 * 72].forEach((word, index) => {
    file.writeUInt32LE(word, index * 4);
  });
  segment(file, 32, "__TEXT", 0, textBytes);
  segment(file, 32 + 72, "__LINKEDIT", textBytes, linkEditBytes);
  return file;
}

function segment(file: Buffer, at: number, name: string, offset: number, size: number): void {
  file.writeUInt32LE(0x19, at);
  file.writeUInt32LE(72, at + 4);
  file.write(name, at + 8, "latin1");
  file.writeBigUInt64LE(BigInt(size), at + 32);
  file.writeBigUInt64LE(BigInt(offset), at + 40);
  file.writeBigUInt64LE(BigInt(size), at + 48);
}

test("adds the command that leads to the signature, and lets the last segment end with it", () => {
  const signed = signAdHoc(machO(), "gate");
  assert.equal(signed.readUInt32LE(16), 3);
  assert.equal(signed.readUInt32LE(20), 2 * 72 + 16);
  const at = 32 + 2 * 72;
  assert.deepEqual([signed.readUInt32LE(at), signed.readUInt32LE(at + 4)], [0x1d, 16]);
  const offset = signed.readUInt32LE(at + 8);
  assert.equal(offset % 16, 0);
  assert.equal(offset + signed.readUInt32LE(at + 12), signed.length);
  const linkEdit = 32 + 72;
  assert.equal(Number(signed.readBigUInt64LE(linkEdit + 48)), signed.length - textBytes);
  const mapped = Number(signed.readBigUInt64LE(linkEdit + 32));
  assert.ok(mapped >= signed.length - textBytes && mapped % 0x4000 === 0);
});

test("the code directory names the file, and hashes every page before it as it is in the end", () => {
  const signed = signAdHoc(machO(), "gate");
  const start = signed.readUInt32LE(32 + 2 * 72 + 8);
  assert.equal(signed.readUInt32BE(start), 0xfade0cc0);
  assert.equal(signed.readUInt32BE(start + 4), signed.length - start);
  const directory = signed.subarray(start + signed.readUInt32BE(start + 16));
  assert.equal(directory.readUInt32BE(0), 0xfade0c02);
  assert.equal(directory.readUInt32BE(4), directory.length);
  assert.equal(directory.readUInt32BE(12), 2, "ad hoc");
  const nameAt = directory.readUInt32BE(20);
  assert.equal(directory.toString("latin1", nameAt, nameAt + 5), "gate\0");
  const [hashesAt, pages] = [directory.readUInt32BE(16), directory.readUInt32BE(28)];
  assert.equal(directory.readUInt32BE(32), start);
  assert.equal(pages, Math.ceil(start / 4096));
  assert.equal(hashesAt + pages * 32, directory.length);
  for (let page = 0; page < pages; page += 1) {
    const bytes = signed.subarray(page * 4096, Math.min((page + 1) * 4096, start));
    const hash = directory.subarray(hashesAt + page * 32, hashesAt + (page + 1) * 32);
    assert.deepEqual(createHash("sha256").update(bytes).digest(), hash, `page ${page}`);
  }
  assert.equal(Number(directory.readBigUInt64BE(72)), textBytes);
  assert.equal(Number(directory.readBigUInt64BE(80)), 1, "a main executable");
});

const refused: readonly [string, Buffer, RegExp][] = [
  ["a file of another format", Buffer.alloc(64), /no 64-bit Mach-O file/],
  ["a file that is signed already", signAdHoc(machO({ room: 32 }), "gate"), /signed already/],
  ["a file without room for the command", machO({ room: 8 }), /no room/],
  ["a file with bytes after its last segment", machO({ trailing: 1 }), /does not end the file/],
];

for (const [name, file, message] of refused) {
  test(`refuses ${name}`, () => {
    assert.throws(() => signAdHoc(file, "gate"), message);
  });
}
