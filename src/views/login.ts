/** The login page: one button a provider. A link each and no script, so that it works in every browser (contract 2). */
import type { Reply } from "../http/reply.ts";
import { escapeHtml } from "./escape.ts";
import { pageReply } from "./page.ts";

export interface LoginPage {
  readonly title: string;
  /** The visitor has just signed out. */
  readonly loggedOut: boolean;
  /** Empty: sign-in is unavailable. */
  readonly providers: readonly {
    readonly name: string;
    readonly displayName: string;
    readonly href: string;
  }[];
}

/** 200 in either case: that there is no provider is an answer, and the same page works again when there is one. */
export function loginPage({ title, loggedOut, providers }: LoginPage): Reply {
  if (providers.length === 0) {
    const content = `<h1>Sign-in unavailable</h1>
<p class="soft">No sign-in provider is set up here. Ask whoever runs this dashboard.</p>`;
    return pageReply({ status: 200, title: "Sign-in unavailable", content });
  }
  const buttons = providers.map(
    ({ name, displayName, href }) =>
      `<a class="provider-btn" data-provider="${escapeHtml(name)}" href="${escapeHtml(href)}">Continue with ${escapeHtml(displayName)}</a>`,
  );
  const note = loggedOut ? "You are signed out." : "Sign in to go on to the dashboard.";
  const content = `<h1>${escapeHtml(title)}</h1>
<p class="soft"${loggedOut ? ' role="status"' : ""}>${note}</p>
<div class="actions">
${buttons.join("\n")}
</div>`;
  return pageReply({ status: 200, title, content });
}
