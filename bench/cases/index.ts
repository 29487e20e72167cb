/** What is measured, in the order of the report: by the upstream, and last what leaves no session behind. */
import type { Case } from "./case.ts";
import { echoLarge, echoSmall } from "./echo.ts";
import { mediumGet, smallGet } from "./get.ts";
import { idleSockets } from "./idle-sockets.ts";
import { latency } from "./latency.ts";
import { refreshStorm } from "./refresh-storm.ts";
import { startUp } from "./start-up.ts";
import { download, upload } from "./transfer.ts";

/** Cases whose subjects stand in front of the same upstream, in order. */
export interface CaseGroup {
  readonly upstream: "pages" | "echo";
  readonly cases: readonly Case[];
}

export const caseGroups: readonly CaseGroup[] = [
  {
    upstream: "pages",
    cases: [smallGet, mediumGet, download, upload, latency, refreshStorm, startUp],
  },
  { upstream: "echo", cases: [echoSmall, echoLarge, idleSockets] },
];
