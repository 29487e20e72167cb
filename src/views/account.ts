/** The account page: who is signed in, and the way out. */
import type { HeaderField, Reply } from "../http/reply.ts";
import { escapeHtml } from "./escape.ts";
import { pageReply } from "./page.ts";

/** As much of an identity as is shown. */
export interface Person {
  readonly userId: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly username?: string;
  readonly orgId?: string;
  readonly groups: readonly string[];
}

export interface AccountPage {
  readonly identity: Person;
  readonly providerName: string;
  readonly homeHref: string;
  readonly logoutAction: string;
  /** Origins beside our own that the sign-out form may lead to. */
  readonly formTargets?: readonly string[];
  readonly headers?: readonly HeaderField[];
}

/** 200 with the identity's own words escaped, a link to the dashboard and a form that signs out. */
export function accountPage(page: AccountPage): Reply {
  const { identity, providerName, homeHref, logoutAction, formTargets = [], headers = [] } = page;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Name", identity.displayName],
    ["Email", identity.email],
    ["User", identity.username ?? identity.userId],
    ["Organisation", identity.orgId],
    ["Groups", identity.groups.length > 0 ? identity.groups.join(", ") : undefined],
    ["Provider", providerName],
  ];
  const list = rows.map(([term, value]) =>
    value === undefined ? "" : `<dt>${term}</dt><dd dir="auto">${escapeHtml(value)}</dd>`,
  );
  const content = `<h1>You are signed in</h1>
<dl>${list.join("")}</dl>
<div class="actions">
<a class="button" href="${escapeHtml(homeHref)}">Go to the dashboard</a>
<form method="post" action="${escapeHtml(logoutAction)}"><button class="button plain">Sign out</button></form>
</div>`;
  return pageReply({ status: 200, title: "Account", content, headers, formTargets });
}
