/**
 * Recognises a Hermes `config.yaml` and takes from it the three settings that the gate understands (contract 1), so that
 * an operator points the gate at the file that exists. Everything else in it is Hermes' own and is not looked at.
 */
import { schema } from "./schema.ts";
import type { Path } from "./tree.ts";
import { isSection } from "./tree.ts";
import type { YamlFile } from "./yaml-file.ts";

const names: readonly (readonly [ours: string, hermes: Path])[] = [
  ["public_url", ["dashboard", "public_url"]],
  ["providers[0].client_id", ["dashboard", "oauth", "client_id"]],
  ["providers[0].portal_url", ["dashboard", "oauth", "portal_url"]],
];

/** True for a file with `dashboard` and none of the gate's keys. Hermes has a `providers` too: a map, where ours is a list. */
export function isHermesFile(root: Readonly<Record<string, unknown>>): boolean {
  if (!isSection(root["dashboard"])) return false;
  const ours = Object.keys(schema.def.shape).filter((key) => Object.hasOwn(root, key));
  return ours.every((key) => key === "providers" && isSection(root[key]));
}

/** The file with its settings under the gate's keys; lines stay those of the Hermes keys. Blank ones count as unset, as in Hermes. */
export function readHermesFile(file: YamlFile): YamlFile {
  const dashboard = sectionIn(file.root, "dashboard");
  const oauth = sectionIn(dashboard, "oauth");
  const clientId = unlessBlank(oauth["client_id"]);
  const portalUrl = unlessBlank(oauth["portal_url"]);
  const publicUrl = unlessBlank(dashboard["public_url"]);
  const provider = {
    type: "nous",
    client_id: clientId,
    ...(portalUrl === undefined ? {} : { portal_url: portalUrl }),
  };
  return {
    ...file,
    root: {
      ...(publicUrl === undefined ? {} : { public_url: publicUrl }),
      ...(clientId === undefined ? {} : { providers: [provider] }),
    },
    originOf: (path) => file.originOf(hermesPath(path)),
  };
}

/** The setting as the Hermes file names it: `providers[0].client_id` is `dashboard.oauth.client_id` there. */
export function hermesName(setting: string): string {
  return names.find(([ours]) => ours === setting)?.[1].join(".") ?? setting;
}

function hermesPath(path: Path): Path {
  if (path[0] === "public_url") return ["dashboard", "public_url"];
  return ["dashboard", "oauth", ...path.slice(2)];
}

function sectionIn(root: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = root[key];
  return isSection(value) ? value : {};
}

function unlessBlank(value: unknown): unknown {
  return typeof value === "string" && value.trim() === "" ? undefined : value;
}
