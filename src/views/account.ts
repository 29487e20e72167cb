/** The account page: who is signed in, and the way out. */
import type { HeaderField, Reply } from "../http/reply.ts";
import type { Identity } from "../provider/contract.ts";
import { escapeHtml } from "./escape.ts";
import { pageReply } from "./page.ts";

export interface AccountPage {
  readonly identity: Identity;
  readonly providerName: string;
  readonly homeHref: string;
  readonly logoutAction: string;
  readonly headers?: readonly HeaderField[];
}

export function accountPage(page: AccountPage): Reply {
  const { identity, providerName, homeHref, logoutAction, headers = [] } = page;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Name", identity.displayName],
    ["Email", identity.email],
    ["User", identity.username ?? identity.userId],
    ["Organisation", identity.orgId],
    ["Groups", identity.groups.length > 0 ? identity.groups.join(", ") : undefined],
    ["Provider", providerName],
  ];
  const list = rows.map(([term, value]) =>
    value === undefined ? "" : `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const content = `<h1>You are signed in</h1>
<dl>${list.join("")}</dl>
<div class="actions">
<a class="button" href="${escapeHtml(homeHref)}">Go to the dashboard</a>
<form method="post" action="${escapeHtml(logoutAction)}"><button class="button plain">Sign out</button></form>
</div>`;
  return pageReply({ status: 200, title: "Account", content, headers });
}
