/**
 * One cell of the matrix: somebody fails in some way at some stage. The row says what the client must see; whatever that is, the
 * gate must go on serving others, give up the connection that is of no use any more, and hold nothing of it afterwards.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { eventually } from "../../support/eventually.ts";
import type { RawClient } from "../../support/raw-client.ts";
import type { UpstreamConnection } from "../../support/upstream.ts";
import { type Link, reset } from "./middle.ts";
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
  /** Goes so far that `actor` can fail. */
  reach(stand: Stand, actor: Actor): Promise<Scene>;
}

/** What the client sees in the end. */
export interface Ending {
  /** What follows the arrow in the test's name. */
  readonly sees: string;
  /** The connection to the upstream serves on. */
  readonly keeps?: boolean;
  check(scene: Scene, stand: Stand, actor: Actor): Promise<void>;
}

export interface Cell {
  readonly stage: Stage;
  readonly row: Row;
  readonly actor: Actor;
  readonly fault: Fault;
}

export type Row = Readonly<Record<Actor, Readonly<Record<Fault, Ending>>>>;

/** Plays one cell. Fails when the client sees something else, or the gate is not as it was before. */
export async function playCell(stand: Stand, cell: Cell): Promise<void> {
  try {
    await fail(stand, cell);
    await stand.asks();
  } finally {
    stand.letGo();
  }
  await stand.isAsBefore();
}

async function fail(stand: Stand, { stage, row, actor, fault }: Cell): Promise<void> {
  const scene = await stage.reach(stand, actor);
  const { client, link, upstream } = scene;
  if (scene.fail !== undefined) scene.fail(actor, fault);
  else if (actor === "client") failSide(client, fault);
  else if (actor === "connection") failLink(link ?? assert.fail(), fault);
  else failSide(upstream ?? assert.fail(), fault);

  const ending = row[actor][fault];
  await ending.check(scene, stand, actor);
  stand.meet({});
  client.socket.destroy();
  link?.resume();
  if (link === undefined || ending.keeps === true) return;
  await eventually("the gate gives up its connection to the upstream", () => link.left);
}

/** Fails as a client or an upstream does: its side ends, is reset, or takes nothing any more. */
export function failSide({ socket }: { readonly socket: Socket }, fault: Fault): void {
  if (fault === "ends") socket.end();
  else if (fault === "resets") reset(socket);
  else socket.pause();
}

/** Fails as what lies between the two. */
export function failLink(link: Link, fault: Fault): void {
  if (fault === "ends") link.end();
  else if (fault === "resets") link.reset();
  else link.stall();
}
