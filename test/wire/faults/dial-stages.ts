/** The stage before the upstream's connection stands: taken by the system, and not yet by the upstream. For a stand with TLS. */
import assert from "node:assert/strict";
import { failLink, failSide, type Scene, type Stage } from "./cell.ts";
import { answering, wholeAnswer } from "./http-stages.ts";
import type { Stand } from "./stand.ts";
import { handshakeOf, opening, wholeOpening } from "./upgrade-stages.ts";

interface Parts {
  readonly request: string;
  /** Reads the whole answer. */
  readonly whole: (scene: Pick<Scene, "client">) => Promise<void>;
}

async function dialling(stand: Stand, { request, whole }: Parts): Promise<Scene> {
  const { front = assert.fail("the stand has no TLS") } = stand;
  const held = front.hold();
  const client = await stand.client();
  client.send(request);
  const socket = await held;
  const link = stand.middle.links.at(-1) ?? assert.fail();
  return {
    ...{ client, link },
    async whole() {
      front.go(socket);
      await whole({ client });
    },
    fail(actor, fault) {
      if (actor === "connection") failLink(link, fault);
      else failSide(actor === "client" ? client : { socket }, fault);
    },
  };
}

const stages = {
  request: {
    name: "while the upstream is dialled for a request",
    reach(stand) {
      stand.play(answering);
      return dialling(stand, { request: stand.request("GET /cell"), whole: wholeAnswer });
    },
  },
  upgrade: {
    name: "while the upstream is dialled for a WebSocket",
    reach(stand) {
      stand.play(opening);
      return dialling(stand, { request: handshakeOf(stand), whole: wholeOpening });
    },
  },
} as const satisfies Record<string, Stage>;

export const dialStages: Readonly<Record<keyof typeof stages, Stage>> = stages;
