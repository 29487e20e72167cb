/** The fault matrix of what is asked while the connection to the upstream does not stand yet. */
import { test } from "node:test";
import type { Row } from "./cell.ts";
import { dialStages } from "./dial-stages.ts";
import { apart, closed, failed, nothing, unnoticed } from "./endings.ts";
import { playMatrix } from "./matrix.ts";

const given502 = { ends: failed(502), resets: failed(502), stalls: failed(504) };

const rows: Readonly<Record<keyof typeof dialStages, Row>> = {
  request: {
    client: { ends: closed, resets: nothing, stalls: apart(unnoticed) },
    connection: given502,
    upstream: given502,
  },
  upgrade: {
    client: { ends: closed, resets: nothing, stalls: unnoticed },
    connection: given502,
    upstream: given502,
  },
};

test("an upstream that is dialled", (t) => playMatrix(t, dialStages, rows, { tls: true }));
