/** The style of the gate's pages. Constant text: its hash is what the Content-Security-Policy allows. */

export const style = `
:root{color-scheme:light dark;--back:#f4f5f7;--card:#fff;--line:#d9dce3;--edge:#858d9b;--text:#1b1f27;--soft:#5b6472;--accent:#1f56c3;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--back:#101319;--card:#191d25;--line:#323946;--edge:#6d7786;--text:#eceff4;--soft:#a3adbb;--accent:#8ab0ff;--on-accent:#0d1626}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:24px 16px;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
.card{width:100%;max-width:26rem;padding:32px 28px;background:var(--card);border:1px solid var(--line);border-radius:14px}
h1{margin:0 0 8px;font-size:1.375rem;line-height:1.25;letter-spacing:-.01em}
p{margin:0 0 12px;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:.9375rem}
.small{margin:24px 0 0;color:var(--soft);font-size:.8125rem}
.actions{display:grid;gap:10px;margin:24px 0 0}
form{margin:0}
.provider-btn,.button{display:block;width:100%;padding:11px 16px;border:1px solid var(--accent);border-radius:9px;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;overflow-wrap:anywhere}
.plain{background:transparent;color:var(--accent);border-color:var(--edge)}
.provider-btn:hover,.button:hover{filter:brightness(1.08)}
.provider-btn:focus-visible,.button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
blockquote{margin:12px 0;padding:8px 14px;border-left:3px solid var(--line);color:var(--soft);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:auto 1fr;gap:6px 16px;margin:16px 0 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
@media (max-width:26rem){.card{padding:28px 20px}dl{display:block}dd{margin:0 0 10px}}
@media (prefers-reduced-motion:no-preference){.provider-btn,.button{transition:filter .12s}}
code{font:.8125rem/1.4 ui-monospace,monospace}
`;
