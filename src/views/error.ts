/** The page for an error or refusal: what happened in one sentence, what to do next, and the id to quote to the operator. */
import type { HeaderField, Reply } from "../http/reply.ts";
import { escapeHtml } from "./escape.ts";
import { pageReply } from "./page.ts";

export interface ErrorPage {
  readonly status: number;
  /** The catalogue's sentence. */
  readonly sentence: string;
  readonly requestId: string;
  readonly headers?: readonly HeaderField[];
  /** Begins the login again, keeping `next`. */
  readonly tryAgainHref?: string;
  /** The provider's own words. Shown only after the state has matched; cut to 200 characters (S48). */
  readonly providerText?: string;
  /** A signed-in account that may not enter, and the ways out of that. */
  readonly denied?: {
    readonly account: string;
    readonly useAnotherHref: string;
    readonly logoutAction: string;
    /** Origins beside our own that the sign-out form may lead to. */
    readonly formTargets: readonly string[];
  };
}

const maxProviderText = 200;

/** The status with its page. Nothing of the error is on it but what is given here (S103). */
export function errorPage(page: ErrorPage): Reply {
  const { status, sentence, requestId, headers = [] } = page;
  const heading = headingFor(status);
  const content = [
    `<h1>${heading}</h1>`,
    `<p>${escapeHtml(sentence)}</p>`,
    page.providerText === undefined
      ? ""
      : `<blockquote dir="auto">${escapeHtml(cut(page.providerText))}</blockquote>`,
    actions(page),
    `<p class="small">Request <code>${escapeHtml(requestId)}</code></p>`,
  ];
  return pageReply({
    status,
    title: heading,
    content: content.filter(Boolean).join("\n"),
    headers,
    formTargets: page.denied?.formTargets ?? [],
  });
}

function headingFor(status: number): string {
  if (status === 403) return "No access";
  return status >= 500 ? "Not available" : "That did not work";
}

function actions({ tryAgainHref, denied }: ErrorPage): string {
  if (denied !== undefined) {
    return `<p class="soft">You are signed in as <bdi>${escapeHtml(denied.account)}</bdi>.</p>
<div class="actions">
<a class="button" href="${escapeHtml(denied.useAnotherHref)}">Use another account</a>
<form method="post" action="${escapeHtml(denied.logoutAction)}"><button class="button plain">Sign out</button></form>
</div>`;
  }
  if (tryAgainHref === undefined) return "";
  return `<div class="actions"><a class="button" href="${escapeHtml(tryAgainHref)}">Try again</a></div>`;
}

/** By code points, so that no half of a character is left. */
function cut(text: string): string {
  const characters = [...text];
  return characters.length <= maxProviderText
    ? text
    : `${characters.slice(0, maxProviderText - 1).join("")}…`;
}
