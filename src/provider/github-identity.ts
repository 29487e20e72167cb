/**
 * Who a person is at GitHub: `/user`, the primary address where it is verified, and as groups the organisations where the
 * settings name some: `session/access` judges them. Apart from the flow, since GitHub answers these from another host and
 * in lists.
 */
import { type Answer, ask, type JsonObject } from "./ask.ts";
import { type Identity, ProviderUnavailable } from "./contract.ts";
import type { ProviderDeps } from "./deps.ts";
import type { GithubSettings } from "./settings.ts";

const githubApi = "https://api.github.com";
const pageSize = 100;
const maxPages = 10;

/** Asks GitHub who the token belongs to. Fails with ProviderUnavailable. */
export async function whoIs(
  settings: GithubSettings,
  deps: ProviderDeps,
  accessToken: string,
): Promise<Identity> {
  const get = (path: string) => askApi(settings, deps, accessToken, path);
  const { status, json: user } = await get("/user");
  if (status !== 200 || user === undefined || !Number.isInteger(user.id)) {
    throw new ProviderUnavailable(`"${settings.name}": /user answered ${status}`);
  }
  const emails = await get("/user/emails");
  const asksOrganisations = settings.allowOrgs.length > 0;
  const organisations = asksOrganisations ? await organisationsOf(settings.name, get) : [];
  return toIdentity(settings, user, primaryEmail(emails.list), organisations);
}

type Get = (path: string) => Promise<Answer>;

async function askApi(
  settings: GithubSettings,
  deps: ProviderDeps,
  accessToken: string,
  path: string,
): Promise<Answer> {
  const subject = `"${settings.name}": ${path.split("?")[0]}`;
  const answer = await ask(deps.fetch, subject, `${githubApi}${path}`, {
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${accessToken}`,
      "x-github-api-version": "2022-11-28",
    },
  });
  // 403 and 404 mean that the token may not see this, which is an answer; rate limits and 5xx are none.
  const isNoAnswer = answer.status === 429 || answer.status >= 500;
  if (isNoAnswer) throw new ProviderUnavailable(`${subject} answered ${answer.status}`);
  return answer;
}

async function organisationsOf(provider: string, get: Get): Promise<readonly string[]> {
  const names: string[] = [];
  for (let page = 1; page <= maxPages; page += 1) {
    const { status, list } = await get(`/user/orgs?per_page=${pageSize}&page=${page}`);
    if (status !== 200) {
      throw new ProviderUnavailable(`"${provider}": /user/orgs answered ${status}`);
    }
    names.push(...list.map((org) => org.login).filter((login) => typeof login === "string"));
    if (list.length < pageSize) break;
  }
  return names;
}

function primaryEmail(emails: readonly JsonObject[]): string | undefined {
  const primary = emails.find((entry) => entry.primary === true && entry.verified === true);
  return typeof primary?.email === "string" ? primary.email : undefined;
}

function toIdentity(
  settings: GithubSettings,
  user: JsonObject,
  email: string | undefined,
  organisations: readonly string[],
): Identity {
  const kept = settings.keepClaims.filter((name) => Object.hasOwn(user, name));
  return {
    userId: String(user.id),
    ...(email !== undefined && { email }),
    emailVerified: email !== undefined,
    ...(typeof user.name === "string" && user.name !== "" && { displayName: user.name }),
    ...(typeof user.login === "string" && { username: user.login }),
    groups: organisations,
    ...(kept.length > 0 && { claims: Object.fromEntries(kept.map((key) => [key, user[key]])) }),
  };
}
