/**
 * The fault matrix of plain requests: client, connection and upstream end, reset or stall at every stage. Of a stall that is no
 * fault (a slow reader, a silent stream) the row says that nothing is given up.
 */
import { test } from "node:test";
import type { Row } from "./cell.ts";
import {
  apart,
  broken,
  closed,
  ended,
  failed,
  nothing,
  refused,
  reset,
  resumed,
  unnoticed,
} from "./endings.ts";
import { httpStages } from "./http-stages.ts";
import { playMatrix } from "./matrix.ts";

/** A kept connection that dies is replaced; one that is silent looks like an upstream that thinks. */
const replaced = { ends: unnoticed, resets: unnoticed, stalls: failed(504) };
const given502 = { ends: failed(502), resets: failed(502), stalls: failed(504) };
/** Streams may be silent for as long as they like (S83). */
const breaks = { ends: broken, resets: broken, stalls: resumed };
const breaksWhole = { ...breaks, stalls: apart(resumed) };
/** To a client of HTTP/1.0 the end of the connection is the end of the body. */
const breaksHard = { ends: reset, resets: reset, stalls: apart(resumed) };
const leaves = { ends: closed, resets: nothing };

const rows: Readonly<Record<keyof typeof httpStages, Row>> = {
  beforeHead: {
    client: { ends: apart(closed), resets: apart(nothing), stalls: apart(refused(408)) },
    connection: replaced,
    upstream: replaced,
  },
  inHead: {
    client: { ends: apart(refused(400)), resets: apart(nothing), stalls: apart(refused(408)) },
    connection: replaced,
    upstream: replaced,
  },
  afterHead: {
    client: { ends: refused(400), resets: nothing, stalls: refused(408) },
    connection: given502,
    upstream: given502,
  },
  inUpload: {
    client: { ends: refused(400), resets: nothing, stalls: refused(408) },
    connection: given502,
    upstream: given502,
  },
  answeredEarly: {
    client: { ...leaves, stalls: closed },
    connection: { ends: ended, resets: ended, stalls: ended },
    upstream: { ends: ended, resets: ended, stalls: ended },
  },
  waiting: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: given502,
    upstream: given502,
  },
  inAnswerHead: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: given502,
    upstream: given502,
  },
  afterAnswerHead: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: breaksWhole,
    upstream: breaksWhole,
  },
  inCountedBody: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: breaksWhole,
    upstream: breaksWhole,
  },
  inChunkedBody: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: breaksWhole,
    upstream: breaksWhole,
  },
  inOldBody: {
    client: { ...leaves, stalls: apart(resumed) },
    connection: breaksHard,
    upstream: breaksHard,
  },
  inEvents: {
    client: { ...leaves, stalls: resumed },
    connection: breaks,
    upstream: breaks,
  },
  idle: {
    client: { ends: apart(closed), resets: apart(nothing), stalls: apart(closed) },
    connection: replaced,
    upstream: replaced,
  },
};

test("plain requests", (t) => playMatrix(t, httpStages, rows));
