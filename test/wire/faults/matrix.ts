/** Plays every cell of a table of stages, each a test named by what happens in it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { actors, faults, playCell, type Row, type Stage } from "./cell.ts";
import { type Stand, type StandOptions, startStand } from "./stand.ts";

/** A row for each stage, by its key. */
export async function playMatrix<K extends string>(
  t: TestContext,
  stages: Readonly<Record<K, Stage>>,
  rows: Readonly<Record<K, Row>>,
  options: StandOptions = {},
): Promise<void> {
  // A gate that fails a cell is left: what it holds on to would fail the next cells too.
  let stand: Stand | undefined;
  async function onStand(play: (stand: Stand) => Promise<void>): Promise<void> {
    const used = stand ?? (await startStand(t, options));
    stand = undefined;
    await play(used);
    stand = used;
  }
  for (const key in stages) {
    const stage = stages[key];
    const row = rows[key];
    for (const actor of actors) {
      for (const fault of faults) {
        await t.test(
          `fault: the ${actor} ${fault} ${stage.name} -> ${row[actor][fault].sees}`,
          () => onStand((used) => playCell(used, { stage, row, actor, fault })),
        );
      }
    }
  }
  await t.test("the gate ends by itself when it is told to stop", () =>
    onStand(async ({ gate }) => assert.equal(await gate.stop(), 0)),
  );
}
