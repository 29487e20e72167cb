/**
 * Knows the Node releases with the last security fixes that concern a gate (S119). An older one of a supported line runs,
 * with a warning at the start.
 */

const floors: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 23, 2],
  [24, 18, 1],
  [26, 5, 1],
];

/** The warning for this version of Node (`26.10.0`); undefined when there is nothing to say. */
export function nodeVersionWarning(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const floor = floors.find(([line]) => line === major);
  if (floor === undefined) {
    const newest = floors.at(-1)?.[0] ?? 0;
    if (major > newest) return undefined;
    return `node ${version} is of a line that gets no security fixes: use 22, 24 or 26`;
  }
  const [, floorMinor, floorPatch] = floor;
  if (minor > floorMinor || (minor === floorMinor && patch >= floorPatch)) return undefined;
  return `node ${version} lacks security fixes: use ${floor.join(".")} or newer`;
}
