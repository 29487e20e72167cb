/**
 * What a run of the whole suite keeps for its last step, the search of all output for all secrets (`suite.ts`): each test
 * process appends to files of its own in the folder that `SUITE_EVIDENCE` names. Without the variable nothing is kept.
 */
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a secret is: the name of the parameter, member or cookie that carried it. */
export interface Secret {
  readonly kind: string;
  readonly value: string;
}

export interface Evidence {
  readonly secrets: readonly Secret[];
  readonly output: string;
}

export const evidenceVariable = "SUITE_EVIDENCE";
/** Read at each note: a script that starts no process of its own sets it for itself. */
const folder = (): string | undefined => process.env[evidenceVariable];

/** Keeps a secret that was handed out, or shown to the gate. */
export function noteSecret(kind: string, value: string): void {
  const to = folder();
  if (to === undefined || value === "") return;
  appendFileSync(join(to, `secrets.${process.pid}`), `${JSON.stringify({ kind, value })}\n`);
}

/** Keeps what a gate has written: log, audit trail, standard output and error. */
export function noteOutput(text: string): void {
  const to = folder();
  if (to === undefined || text === "") return;
  appendFileSync(join(to, `output.${process.pid}`), text);
}

/** Keeps the ticket of an answer that mints one. */
export function noteTicket(body: string): void {
  const ticket = /^\{"ticket":"([\w-]+)"/.exec(body)?.[1];
  if (ticket !== undefined) noteSecret("ticket", ticket);
}

/** Everything that the processes of a run have kept in this folder. */
export function readEvidence(from: string): Evidence {
  const read = (kind: string) =>
    readdirSync(from)
      .filter((name) => name.startsWith(`${kind}.`))
      .map((name) => readFileSync(join(from, name), "utf8"));
  const secrets = read("secrets").flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line)),
  );
  return { secrets, output: read("output").join("\n") };
}
