/**
 * One question to a provider and its answer as JSON. Here every failure of transport becomes ProviderUnavailable, so that
 * no session ever ends because a network did (S60), and no answer is trusted before it is an object.
 */
import type { Fetch, FetchInit } from "../base/runtime.ts";
import { ProviderUnavailable } from "./contract.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  /** Undefined when the body is no JSON object. */
  readonly json: JsonObject | undefined;
  /** The objects of a JSON list; empty when the body is none. */
  readonly list: readonly JsonObject[];
}

/** What is asked, for messages: `"keycloak": the token endpoint`. Never a URL with a query. */
export type Subject = string;

/** Asks. Fails with ProviderUnavailable when no answer came. */
export async function ask(
  fetch: Fetch,
  subject: Subject,
  url: string,
  init: FetchInit,
): Promise<Answer> {
  return readAnswer(subject, fetch(url, init));
}

/** The answer of a call under way. Fails with ProviderUnavailable when it fails. */
export async function readAnswer(subject: Subject, call: Promise<Response>): Promise<Answer> {
  try {
    const response = await call;
    const body = parse(await response.text());
    return {
      status: response.status,
      json: isObject(body) ? body : undefined,
      list: Array.isArray(body) ? body.filter(isObject) : [],
    };
  } catch (cause) {
    throw new ProviderUnavailable(`${subject} did not answer`, { cause });
  }
}

/** Asks by GET and wants 200 with a JSON object. Fails with ProviderUnavailable. */
export async function askForObject(
  fetch: Fetch,
  subject: Subject,
  url: string,
  headers: Record<string, string> = {},
): Promise<JsonObject> {
  const answer = await ask(fetch, subject, url, {
    headers: { accept: "application/json", ...headers },
    redirect: "follow",
  });
  if (answer.status !== 200) {
    throw new ProviderUnavailable(`${subject} answered ${answer.status}`);
  }
  if (answer.json === undefined) {
    throw new ProviderUnavailable(`${subject} answered with something other than a JSON object`);
  }
  return answer.json;
}

/** A POST with a form body. */
export function formPost(
  fields: Readonly<Record<string, string>>,
  headers: Record<string, string> = {},
): FetchInit {
  return {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
    redirect: "manual",
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
