/**
 * The shell of every page of the gate: no script, one inline style that the Content-Security-Policy names by its hash, light
 * and dark by the visitor's own setting, and nothing fetched from anywhere.
 */
import { createHash } from "node:crypto";
import { type HeaderField, htmlReply, type Reply } from "../http/reply.ts";
import { escapeHtml } from "./escape.ts";
import { style } from "./style.ts";

export interface Page {
  readonly status: number;
  /** Plain text: the title of the window. */
  readonly title: string;
  /** HTML of the card, escaped by the view. */
  readonly content: string;
  readonly headers?: readonly HeaderField[];
  /** Origins beside our own that a form may lead to. */
  readonly formTargets?: readonly string[];
}

const styleHash = `sha256-${createHash("sha256").update(style).digest("base64")}`;

/** The page as a Reply with its policy. The empty icon keeps browsers from asking the dashboard for one and being refused. */
export function pageReply({ status, title, content, headers = [], formTargets = [] }: Page): Reply {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main class="card">
${content}
</main>
</body>
</html>
`;
  return htmlReply(status, html, headers, { styleHash, formTargets });
}
