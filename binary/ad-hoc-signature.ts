/**
 * Signs a Mach-O executable ad hoc, as `codesign --sign -` does: macOS on arm64 ends an executable without a signature at once,
 * and node's own no longer fits once the gate is inside. An ad-hoc signature vouches for nobody; it says which bytes belong
 * together. Written here because no tool for it is at hand on Linux. The layout is that of Apple's `cs_blobs.h`.
 */
import { createHash } from "node:crypto";

const loadCommand = { segment64: 0x19, codeSignature: 0x1d };
const headerBytes = 32;
const pageBytes = 4096;
const hashBytes = 32;
/** Bytes of the SuperBlob's head with its one entry, and of a CodeDirectory of version 0x20400. */
const superBlobHead = 20;
const directoryHead = 88;

interface Segment {
  readonly at: number;
  readonly name: string;
  readonly fileOffset: number;
  readonly fileSize: number;
}

/** The signed file. Fails for one that is signed already, or is no 64-bit Mach-O file whose last segment is `__LINKEDIT`. */
export function signAdHoc(file: Buffer, identifier: string): Buffer {
  if (file.readUInt32LE(0) !== 0xfeedfacf) throw new Error("no 64-bit Mach-O file");
  const commandsEnd = headerBytes + file.readUInt32LE(20);
  const segments = readSegments(file);
  const text = segments.find(({ name }) => name === "__TEXT");
  const linkEdit = segments.find(({ name }) => name === "__LINKEDIT");
  if (text === undefined || linkEdit === undefined) throw new Error("segments are missing");
  if (linkEdit.fileOffset + linkEdit.fileSize !== file.length) {
    throw new Error("__LINKEDIT does not end the file");
  }
  if (file.subarray(commandsEnd, commandsEnd + 16).some((byte) => byte !== 0)) {
    throw new Error("there is no room for another load command");
  }

  const codeLimit = alignUp(file.length, 16);
  const nameBytes = Buffer.from(`${identifier}\0`, "latin1");
  const pages = Math.ceil(codeLimit / pageBytes);
  const directoryBytes = directoryHead + nameBytes.length + pages * hashBytes;
  const signatureBytes = superBlobHead + directoryBytes;

  const signed = Buffer.alloc(codeLimit + signatureBytes);
  file.copy(signed);
  signed.writeUInt32LE(file.readUInt32LE(16) + 1, 16);
  signed.writeUInt32LE(file.readUInt32LE(20) + 16, 20);
  [loadCommand.codeSignature, 16, codeLimit, signatureBytes].forEach((value, index) => {
    signed.writeUInt32LE(value, commandsEnd + index * 4);
  });
  const linkEditBytes = signed.length - linkEdit.fileOffset;
  signed.writeBigUInt64LE(BigInt(alignUp(linkEditBytes, 0x4000)), linkEdit.at + 32);
  signed.writeBigUInt64LE(BigInt(linkEditBytes), linkEdit.at + 48);

  // Last, for the hashes are of everything before.
  const at = codeLimit;
  writeWords(signed, at, [0xfade0cc0, signatureBytes, 1, 0, superBlobHead]);
  const directory = at + superBlobHead;
  const hashesFrom = directoryHead + nameBytes.length;
  const adHoc = 2;
  writeWords(signed, directory, [0xfade0c02, directoryBytes, 0x20400, adHoc]);
  writeWords(signed, directory + 16, [hashesFrom, directoryHead, 0, pages, codeLimit]);
  const [sha256, pageBits] = [2, 12];
  signed.set([hashBytes, sha256, 0, pageBits], directory + 36);
  const mainBinary = 1n;
  signed.writeBigUInt64BE(BigInt(text.fileOffset), directory + 64);
  signed.writeBigUInt64BE(BigInt(text.fileSize), directory + 72);
  signed.writeBigUInt64BE(mainBinary, directory + 80);
  nameBytes.copy(signed, directory + directoryHead);
  for (let page = 0; page < pages; page += 1) {
    const end = Math.min((page + 1) * pageBytes, codeLimit);
    const hash = createHash("sha256")
      .update(signed.subarray(page * pageBytes, end))
      .digest();
    hash.copy(signed, directory + hashesFrom + page * hashBytes);
  }
  return signed;
}

function readSegments(file: Buffer): readonly Segment[] {
  const found: Segment[] = [];
  let at = headerBytes;
  for (let index = 0; index < file.readUInt32LE(16); index += 1) {
    const kind = file.readUInt32LE(at);
    if (kind === loadCommand.codeSignature) throw new Error("the file is signed already");
    if (kind === loadCommand.segment64) {
      const name = file.toString("latin1", at + 8, at + 24).replace(/\0+$/, "");
      const fileOffset = Number(file.readBigUInt64LE(at + 40));
      found.push({ at, name, fileOffset, fileSize: Number(file.readBigUInt64LE(at + 48)) });
    }
    at += file.readUInt32LE(at + 4);
  }
  return found;
}

function writeWords(file: Buffer, at: number, words: readonly number[]): void {
  words.forEach((word, index) => {
    file.writeUInt32BE(word, at + index * 4);
  });
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
