/**
 * One cell of the matrix: somebody fails in some way at some stage. The row says what the client must see; whatever that is, the
 * gate must go on serving others, give up the connection that is of no use any more, and hold nothing of it afterwards.
 */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import type { RawClient } from "../../support/raw-client.ts";
import type { UpstreamConnection } from "../../support/upstream.ts";
import type { Link } from "./middle.ts";
import type { Stand } from "./stand.ts";

export const actors = ["client", "connection", "upstream"] as const;
export const faults = ["ends", "resets", "stalls"] as const;
export type Actor = (typeof actors)[number];
export type Fault = (typeof faults)[number];

/** How far a request has come, and how it would go on. */
export interface Scene {
  readonly client: RawClient;
  /** The connection to the upstream: absent while there is none. */
  readonly link?: Link | undefined;
  readonly upstream?: UpstreamConnection | undefined;
  /** What the client has still to send. */
  readonly more?: string;
  /** What the upstream has still to send. */
  readonly rest?: string | Buffer;
  /** Reads what the client has still to get when all goes well, and checks it. */
  whole(): Promise<void>;
  /** Takes the place of the usual way to fail: for what can fail only later. */
  readonly fail?: (actor: Actor, fault: Fault) => void;
}

export interface Stage {
  /** `in a counted body`. */
  readonly name: string;
  reach(stand: Stand): Promise<Scene>;
}

/** What the client sees in the end. */
export interface Ending {
  /** What follows the arrow in the test's name. */
  readonly sees: string;
  /** The connection to the upstream serves on. */
  readonly keeps?: boolean;
  check(scene: Scene, stand: Stand, actor: Actor): Promise<void>;
}

export type Row = Readonly<Record<Actor, Readonly<Record<Fault, Ending>>>>;

/** Plays one cell. Fails when the client sees something else, or the gate is not as it was before. */
export async function playCell(
  stand: Stand,
  { stage, row, actor, fault }: { stage: Stage; row: Row; actor: Actor; fault: Fault },
): Promise<void> {
  const ending = row[actor][fault];
  const scene = await stage.reach(stand);
  if (scene.fail === undefined) fail(scene, actor, fault);
  else scene.fail(actor, fault);
  await ending.check(scene, stand, actor);
  scene.client.socket.destroy();
  const { link } = scene;
  link?.resume();
  if (link !== undefined && ending.keeps !== true) {
    await eventually("the gate gives up its connection to the upstream", () => link.left);
  }
  await stand.asks();
  await stand.isAsBefore();
}

function fail({ client, link, upstream }: Scene, actor: Actor, fault: Fault): void {
  if (actor === "connection") {
    assert.ok(link, "there is a connection that can fail");
    ({ ends: link.end, resets: link.reset, stalls: link.stall })[fault]();
    return;
  }
  const socket = actor === "client" ? client.socket : upstream?.socket;
  assert.ok(socket, "there is somebody who can fail");
  if (fault === "ends") socket.end();
  else if (fault === "resets") socket.resetAndDestroy();
  else socket.pause();
}
