/**
 * The way to the upstream, judged in its place: where it is, how long it may take, whose certificate it may have, and how many
 * connections there are for how many workers.
 */
import { availableParallelism } from "node:os";
import type { UpstreamOptions } from "../proxy/contract.ts";
import { accept, readUpstream } from "./address.ts";
import type { FileReader } from "./files.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";
import type { Path } from "./tree.ts";

/** The options of the way to the upstream. Good only when the report has no problem after it. */
export function upstreamOptions(
  settings: SettingsTree,
  files: FileReader,
  report: Report,
): UpstreamOptions {
  const options = settings.upstream_options;
  const fallback = { origin: "http://127.0.0.1" };
  const upstream = accept(readUpstream(settings.upstream), ["upstream"], report) ?? fallback;
  const caPath: Path = ["upstream_options", "ca_file"];
  const ca = options.ca_file === undefined ? undefined : files.read(caPath, options.ca_file);
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    report.refuse(caPath, "must name a file of PEM certificates");
  }
  if (ca !== undefined && !upstream.origin.startsWith("https:")) {
    report.warnings.push(
      "upstream_options.ca_file has no use, since the upstream is not https; remove it, or write the upstream as https://",
    );
  }
  return {
    address: upstream,
    host: options.host,
    connectTimeoutMs: options.connect_timeout_ms,
    responseTimeoutMs: options.response_timeout_ms,
    upgradeTimeoutMs: options.upgrade_timeout_ms,
    connections: options.connections,
    ...(ca === undefined ? {} : { ca }),
  };
}

/**
 * The processes that serve; `auto` is one a core. Each has its share of the connections to the upstream, so there must be one for
 * each.
 */
export function workerCount({ workers, upstream_options }: SettingsTree, report: Report): number {
  const { connections } = upstream_options;
  const most = connections === 0 ? Number.POSITIVE_INFINITY : connections;
  if (workers === "auto") return Math.min(availableParallelism(), most);
  if (workers > most) {
    const rule = `must be 0 or at least the number of workers, ${workers}`;
    report.refuse(["upstream_options", "connections"], rule, "0 is no limit");
  }
  return workers;
}
