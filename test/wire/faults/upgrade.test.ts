/** The fault matrix of WebSocket upgrades: client, connection and upstream end, reset or stall at every stage. */
import { test } from "node:test";
import type { Row } from "./cell.ts";
import {
  breaksUpstream,
  broken,
  closed,
  cutOff,
  failed,
  nothing,
  passedOn,
  refused,
  resumed,
} from "./endings.ts";
import { playMatrix } from "./matrix.ts";
import { upgradeStages } from "./upgrade-stages.ts";

const given502 = { ends: failed(502), resets: failed(502), stalls: failed(504) };
const leaves = { ends: closed, resets: nothing };
/** A WebSocket may be silent for as long as it likes (S83). */
const tunnel = {
  client: { ends: passedOn, resets: breaksUpstream, stalls: resumed },
  connection: { ends: closed, resets: broken, stalls: resumed },
  upstream: { ends: passedOn, resets: broken, stalls: resumed },
};
/** The gate waits a second for the end of the frame, and writes nothing into it. */
const within = { ends: closed, resets: closed, stalls: closed };

const rows: Readonly<Record<keyof typeof upgradeStages, Row>> = {
  beforeHandshake: {
    client: { ends: refused(400), resets: nothing, stalls: refused(408) },
    connection: given502,
    upstream: given502,
  },
  waiting: {
    client: { ...leaves, stalls: resumed },
    connection: given502,
    upstream: given502,
  },
  inAnswerHead: {
    client: { ...leaves, stalls: resumed },
    connection: given502,
    upstream: given502,
  },
  idle: tunnel,
  inFrame: tunnel,
  closing: {
    client: { ends: cutOff, resets: cutOff, stalls: cutOff },
    connection: { ends: closed, resets: broken, stalls: closed },
    upstream: { ends: closed, resets: broken, stalls: closed },
  },
  ended: {
    client: { ...within, resets: breaksUpstream },
    connection: within,
    upstream: within,
  },
};

test("WebSocket upgrades", (t) => playMatrix(t, upgradeStages, rows));
