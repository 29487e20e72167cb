/** Large bodies, one at a time: what moves bytes, and what keeps them. */
import { runLoad } from "../load/load.ts";
import type { TransferOptions, TransferResult } from "../load/transfer.ts";
import { largeBytes } from "../upstreams/pages.ts";
import type { Case } from "./case.ts";
import { cpu, memory, rate } from "./columns.ts";
import { costed } from "./cost.ts";
import { toRival } from "./get.ts";

function transferCase(direction: TransferOptions["direction"], description: string): Case {
  return {
    name: direction,
    description,
    needs: "transfers",
    columns: [rate("MB"), cpu("MB"), memory],
    comparisons: [{ key: "rate", rival: "nginx", as: "ratio" }, toRival("nginx")],
    goals: [
      {
        subject: "hermes-gate",
        of: { key: "rate", rival: "nginx", as: "ratio" },
        atLeast: 0.5,
      },
    ],
    maxRounds: 5,
    begin:
      async ({ credentials }) =>
      (subject, seconds) =>
        costed(subject, () =>
          runLoad<TransferResult>("transfer", {
            direction,
            origin: subject.origin,
            path: direction === "download" ? "/large" : "/upload",
            bytes: largeBytes,
            headers: { ...credentials(subject) },
            seconds,
          } satisfies TransferOptions),
        ),
  };
}

export const download = transferCase(
  "download",
  "100 MB from a file of the upstream, again and again, each on a connection of its own; memory is that right after them.",
);
export const upload = transferCase(
  "upload",
  "100 MB to the upstream, which answers when it has them all, again and again, each on a connection of its own.",
);
