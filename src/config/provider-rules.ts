/**
 * The rules that bind providers to the rest of the settings: who may enter must be said where anybody can have an account
 * (contract 7), and bearer tokens need an audience (S112). Each guards against a gate that is open without anybody having
 * meant it.
 */
import type { AccessRules, AllowRules } from "../session/access.ts";
import type { NamedProvider } from "./provider-settings.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";
import type { AllowTree } from "./schema-providers.ts";
import type { Path, Tree } from "./tree.ts";

/** Issuers at which anybody can make an account. */
const openIssuers: readonly (readonly [form: RegExp, name: string])[] = [
  [/^https:\/\/accounts\.google\.com\/?$/i, "Google"],
  [/^https:\/\/gitlab\.com\/?$/i, "GitLab.com"],
  [/^https:\/\/appleid\.apple\.com\/?$/i, "Apple"],
  [
    /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers|9188040d-6c67-4c5b-b112-36a304b66dad)(\/|$)/i,
    "Microsoft",
  ],
];

/** The access rules of all providers. Rules that admit nobody, or that mix providers' names for people up, are problems. */
export function accessRules(
  settings: SettingsTree,
  providers: readonly NamedProvider[],
  tree: Tree,
  report: Report,
): AccessRules {
  if (settings.allow !== undefined) judgeAllow(["allow"], settings.allow, report);
  if (providers.length > 1 && settings.allow !== undefined && settings.allow !== "everyone") {
    for (const key of ["subjects", "groups", "claims"] as const) {
      if (tree.get(["allow", key]) === undefined) continue;
      const rule = "must stand in a provider: with several, the same name may be another person";
      report.refuse(["allow", key], rule, `move it to providers[].allow.${key}`);
    }
  }
  const own: Record<string, AllowRules> = {};
  const memberOf: Record<string, readonly string[]> = {};
  for (const { name, path, tree: entry } of providers) {
    const rule = entry.allow ?? settings.allow;
    if (rule === "everyone" && opennessOf(entry) !== undefined) {
      report.warnings.push(
        `anybody with an account at ${opennessOf(entry)} may enter: allow is everyone`,
      );
    }
    if (entry.type === "github" && entry.allow_orgs.length > 0) memberOf[name] = entry.allow_orgs;
    if (entry.allow !== undefined) {
      judgeAllow([...path, "allow"], entry.allow, report);
      own[name] = allowRules(entry.allow);
    } else if (settings.allow === undefined) {
      judgeOpen(path, name, entry, report);
    }
  }
  const global = settings.allow === undefined ? {} : { global: allowRules(settings.allow) };
  return { ...global, providers: own, memberOf };
}

/** `bearer` needs a provider that can tell a token made for this gate from any other. */
export function judgeBearer(
  settings: SettingsTree,
  providers: readonly NamedProvider[],
  report: Report,
): void {
  let able = false;
  for (const { path, tree } of providers) {
    if (tree.type === "oidc" && tree.audience !== undefined && tree.audience === tree.client_id) {
      const rule =
        "must not be the client id: that is the audience of id_tokens, which are no bearers";
      report.refuse([...path, "audience"], rule);
    }
    able ||= tree.type === "nous" || tree.type === "module";
    able ||= tree.type === "oidc" && tree.audience !== undefined;
  }
  if (!settings.bearer || able) return;
  const rule = "needs a provider with an audience to judge tokens by";
  report.refuse(["bearer"], rule, 'set "audience" at an oidc provider; a github provider cannot');
}

function judgeAllow(path: Path, allow: AllowTree, report: Report): void {
  if (allow === "everyone") return;
  const lists = [allow.emails, allow.email_domains, allow.groups, allow.subjects];
  if (lists.some((list) => list.length > 0) || Object.keys(allow.claims).length > 0) return;
  report.refuse(path, "must name somebody", 'fill one of its lists, or write "allow: everyone"');
}

function judgeOpen(path: Path, name: string, entry: NamedProvider["tree"], report: Report): void {
  const open = opennessOf(entry);
  if (open === undefined) {
    if (entry.type === "github") return;
    report.warnings.push(`no "allow" rule: every user of the provider "${name}" may enter`);
    return;
  }
  const mend =
    'set allow.emails or allow.email_domains, or write "allow: everyone" if that is meant';
  const orgs = entry.type === "github" ? ["or name your organisation in allow_orgs"] : [];
  report.refuse(
    [...path, "allow"],
    `is required: anybody can have an account at ${open}`,
    mend,
    ...orgs,
  );
}

function opennessOf(entry: NamedProvider["tree"]): string | undefined {
  if (entry.type === "github") return entry.allow_orgs.length > 0 ? undefined : "GitHub";
  if (entry.type !== "oidc") return undefined;
  return openIssuers.find(([form]) => form.test(entry.issuer))?.[1];
}

function allowRules(allow: AllowTree): AllowRules {
  if (allow === "everyone") return "everyone";
  const claims = Object.entries(allow.claims).map(([name, value]) => [
    name,
    Array.isArray(value) ? value : [value],
  ]);
  return {
    emails: allow.emails,
    emailDomains: allow.email_domains,
    groups: allow.groups,
    subjects: allow.subjects,
    claims: Object.fromEntries(claims),
  };
}
