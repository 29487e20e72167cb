/** The case that pays for everything: a page's script asks for a little JSON, again and again, signed in. */
import { runWrk } from "../wrk.ts";
import type { Case } from "./case.ts";

/** What a Chromium sends with a `fetch`, cookies aside. */
const browserHeaders = {
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  Accept: "application/json",
  "Accept-Language": "en-US,en;q=0.9",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Dest": "empty",
};

export const smallGet: Case = {
  name: "small-get",
  description: "An authenticated GET with a browser's headers, answered by 17 bytes of JSON.",
  unit: "request",
  targets: [
    { subject: "hermes-gate", rival: "nginx", atMost: 2.2 },
    { subject: "hermes-gate", rival: "http-proxy", atMost: 0.5 },
  ],
  async load(subject, { seconds, connections, credentials }) {
    const result = await runWrk({
      url: `${subject.origin}/small`,
      seconds,
      connections,
      headers: { ...browserHeaders, ...credentials },
    });
    return { ...result, units: result.requests };
  },
};
