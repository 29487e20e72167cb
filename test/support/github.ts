/**
 * GitHub as its documentation records it: the answers of its token endpoint and API, replayed. Nothing here was ever asked
 * of the live service.
 */
import type { Fetch } from "../../src/base/runtime.ts";

export interface RecordedAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface GithubRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams;
}

export interface Recordings {
  readonly fetch: Fetch;
  readonly requests: GithubRequest[];
  /** By URL without query; change them at will. An answer of undefined is a connection that breaks. */
  readonly answers: Map<string, RecordedAnswer | undefined>;
}

export const tokenUrl = "https://github.com/login/oauth/access_token";
export const userUrl = "https://api.github.com/user";
export const emailsUrl = "https://api.github.com/user/emails";
export const orgsUrl = "https://api.github.com/user/orgs";

/** A token that does not expire, the person octocat, two addresses, one organisation. */
export function createRecordings(): Recordings {
  const requests: GithubRequest[] = [];
  const answers = new Map<string, RecordedAnswer | undefined>([
    [tokenUrl, ok({ access_token: "gho_1", token_type: "bearer", scope: "read:user,user:email" })],
    [
      userUrl,
      ok({ login: "octocat", id: 583231, name: "The Octocat", email: "public@example.com" }),
    ],
    [
      emailsUrl,
      ok([
        { email: "old@example.com", primary: false, verified: true, visibility: null },
        { email: "octocat@example.com", primary: true, verified: true, visibility: "private" },
      ]),
    ],
    [orgsUrl, ok([{ login: "Example-Org", id: 1 }])],
  ]);
  return {
    requests,
    answers,
    fetch: async (target, init) => {
      requests.push({
        url: target,
        method: init.method ?? "GET",
        headers: init.headers ?? {},
        form: new URLSearchParams(init.body ?? ""),
      });
      const answer = answers.get(target.split("?")[0] ?? "");
      if (answer === undefined) throw new TypeError("socket hang up");
      return Response.json(answer.body, { status: answer.status });
    },
  };
}

export function ok(body: unknown): RecordedAnswer {
  return { status: 200, body };
}
