/**
 * Chooses `public_url` among its sources. A malformed one is not a reason to lock everybody out of a dashboard: it is a
 * warning, once, with the corrected spelling, and the next source counts (contract 9); `check-config` makes it an error.
 */
import type { PublicBase } from "../http/public-base.ts";
import { parsePublicUrl } from "../http/public-url.ts";
import type { Environment, Flags } from "./overlay.ts";
import type { Report } from "./report.ts";
import { settingSources } from "./sources.ts";
import type { Origin, Tree } from "./tree.ts";
import { showOrigin } from "./tree.ts";

interface Candidate {
  readonly text: string;
  readonly origin: Origin | undefined;
}

/** Which malformed values are a problem and no warning: every one, that of the file, or none. */
export type PublicUrlRigour = "all" | "file" | "none";

export interface PublicUrlInput {
  readonly tree: Tree;
  readonly env: Environment;
  readonly flags: Flags;
  readonly report: Report;
  readonly rigour: PublicUrlRigour;
}

/** The first source that is well formed; undefined when none is. Malformed ones before it are warnings, or problems as `rigour` says. */
export function choosePublicUrl({
  tree,
  env,
  flags,
  report,
  rigour,
}: PublicUrlInput): PublicBase | undefined {
  let chosen: PublicBase | undefined;
  for (const candidate of candidates(tree, env, flags)) {
    const read = parsePublicUrl(candidate.text);
    if ("base" in read) {
      chosen ??= read.base;
      continue;
    }
    const inFile = candidate.origin?.kind === "file";
    const strict = rigour === "all" || (rigour === "file" && inFile);
    if (strict || chosen === undefined) tell(candidate, read, report, strict);
  }
  return chosen;
}

function tell(
  candidate: Candidate,
  read: { readonly problem: string; readonly corrected?: string },
  report: Report,
  strict: boolean,
): void {
  const hints = read.corrected === undefined ? [] : [`write ${JSON.stringify(read.corrected)}`];
  const { origin } = candidate;
  if (strict) {
    report.problems.push({
      setting: "public_url",
      rule: read.problem,
      hints,
      ...(origin === undefined ? {} : { origin }),
    });
    return;
  }
  const place = origin === undefined ? "" : `${showOrigin(origin)}: `;
  report.warnings.push(
    [`${place}"public_url" ${read.problem}: it is ignored`, ...hints].join("; "),
  );
}

function candidates(tree: Tree, env: Environment, flags: Flags): readonly Candidate[] {
  const source = settingSources.find(({ key }) => key === "public_url");
  const flag = source?.flag === undefined ? undefined : flags.get(source.flag);
  const found: Candidate[] = [];
  if (typeof flag === "string" && source?.flag !== undefined) {
    found.push({ text: flag, origin: { kind: "flag", name: source.flag } });
  }
  for (const name of source?.env ?? []) {
    const text = env[name];
    if (text !== undefined && text.trim() !== "")
      found.push({ text, origin: { kind: "env", name } });
  }
  const inFile = tree.get(["public_url"]);
  if (typeof inFile === "string" && inFile.trim() !== "") {
    found.push({ text: inFile, origin: tree.originOf(["public_url"]) });
  }
  return found;
}
