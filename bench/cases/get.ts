/** The cases that pay for everything: a page's script asks for something, again and again, signed in. */
import { runWrk } from "../wrk.ts";
import type { Case, Comparison, Goal } from "./case.ts";
import { cpu, memory, p50, p99, rate } from "./columns.ts";
import { costed } from "./cost.ts";

/** What a Chromium sends with a `fetch`, cookies aside. */
export const browserHeaders: Readonly<Record<string, string>> = {
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  Accept: "application/json",
  "Accept-Language": "en-US,en;q=0.9",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Dest": "empty",
};

export const toRival = (rival: string): Comparison => ({ key: "cpu", rival, as: "ratio" });

/** The gate's CPU time beside a rival's. */
const costGoal = (rival: string, atMost: number): Goal => ({
  subject: "hermes-gate",
  of: toRival(rival),
  atMost,
});

interface GetCase extends Pick<Case, "name" | "description" | "goals" | "leastRounds"> {
  readonly path: string;
}

function getCase({ path, ...about }: GetCase): Case {
  return {
    ...about,
    needs: "requests",
    columns: [rate("requests"), cpu("request"), p50, p99, memory],
    comparisons: [toRival("nginx"), toRival("nginx-log")],
    begin:
      async ({ connections, credentials }) =>
      (subject, seconds) =>
        costed(subject, async () => {
          const headers = { ...browserHeaders, ...credentials(subject) };
          const url = `${subject.origin}${path}`;
          const result = await runWrk({ url, seconds, connections, headers });
          return { ...result, units: result.requests };
        }),
  };
}

export const smallGet = getCase({
  name: "small-get",
  description: "An authenticated GET with a browser's headers, answered by 17 bytes of JSON.",
  path: "/small",
  goals: [
    costGoal("nginx", 1.8),
    costGoal("mod_auth_openidc", 1),
    costGoal("oauth2-proxy", 1),
    costGoal("http-proxy", 0.5),
  ],
  // On a shared host what JavaScript costs can double for a minute, and this goal is the nearest: its rounds are spread over several.
  leastRounds: 9,
});

export const mediumGet = getCase({
  name: "64k-get",
  description: "The same, answered by 64 KiB from a file.",
  path: "/medium",
  goals: [costGoal("nginx", 2)],
});
