/**
 * Reads a V8 CPU profile (`--cpu-prof`) and says where the time went: by function, and by what the code belongs to. Only
 * the time in which something ran counts: a server under load that waits is no cost.
 */

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that ran, sample by sample. */
  readonly samples?: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
  };
}

export interface SelfTime {
  readonly name: string;
  readonly milliseconds: number;
  /** Of the time in which something ran, 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busyMilliseconds: number;
  /** Most expensive first. */
  readonly functions: readonly SelfTime[];
  readonly owners: readonly SelfTime[];
}

/** Sums the samples up by function and by owner. `root` is the folder of the project. */
export function summarize(profile: CpuProfile, root: string): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byOwner = new Map<string, number>();
  let busy = 0;
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === "(idle)") continue;
    const spent = profile.timeDeltas?.[at] ?? 0;
    busy += spent;
    add(byFunction, functionName(frame, root), spent);
    add(byOwner, ownerOf(frame, root), spent);
  }
  const sorted = (times: ReadonlyMap<string, number>): readonly SelfTime[] =>
    [...times]
      .map(([name, spent]) => ({ name, milliseconds: spent / 1000, share: spent / busy }))
      .toSorted((a, b) => b.milliseconds - a.milliseconds);
  return {
    busyMilliseconds: busy / 1000,
    functions: sorted(byFunction),
    owners: sorted(byOwner),
  };
}

function add(times: Map<string, number>, name: string, spent: number): void {
  times.set(name, (times.get(name) ?? 0) + spent);
}

function functionName(
  { functionName, url, lineNumber }: ProfileNode["callFrame"],
  root: string,
): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  return url === "" ? name : `${name} ${shortUrl(url, root)}:${lineNumber + 1}`;
}

/** The package, the folder of the gate, Node itself, or what V8 names in brackets. */
function ownerOf({ functionName, url }: ProfileNode["callFrame"], root: string): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "native code";
  if (url.startsWith("node:")) return "node";
  const short = shortUrl(url, root);
  if (url.includes("/node_modules/")) return /^(?:@[^/]+\/)?[^/]+/.exec(short)?.[0] ?? short;
  return /^(?:dist|src)\/[^/]+(?=\/)/.exec(short)?.[0] ?? "the rest of the gate";
}

/** From the last package on, or from the folder of the project. */
function shortUrl(url: string, root: string): string {
  const packaged = url.lastIndexOf("/node_modules/");
  if (packaged >= 0) return url.slice(packaged + "/node_modules/".length);
  const prefix = `file://${root}/`;
  return url.startsWith(prefix) ? url.slice(prefix.length) : url;
}
