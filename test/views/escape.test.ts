import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeHtml } from "../../src/views/escape.ts";

test("S105: escapes everything that ends a text or a quoted attribute", () => {
  assert.equal(
    escapeHtml(`<a href="x" title='y'>&amp;`),
    "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;",
  );
});

test("S105: leaves no character that HTML reads, and loses none", () => {
  const unit = fc.constantFrom("<", ">", '"', "'", "&", "amp;", "#39;", "a", "\u00e9", "\u{1f600}");
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const escaped = escapeHtml(text);
      assert.doesNotMatch(escaped, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      const back = escaped
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&#39;", "'")
        .replaceAll("&amp;", "&");
      assert.equal(back, text);
    }),
  );
});
