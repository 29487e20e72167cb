/** No program at all: the upstream itself, as what latency is measured from. */
import type { Subject } from "./subject.ts";

export const direct: Subject = {
  name: "direct",
  setup: "The client asks the upstream itself",
  plays: ["latency"],
  version: () => "",
  start: async ({ upstream, upstreamProgram }) => ({
    origin: upstream,
    program: upstreamProgram,
    credentials: {},
  }),
};
