import { expect, it } from 'vitest';
import { html, page } from './html.ts';

it('escapes everything that is inserted, and nothing twice', () => {
  const evil = `<script>alert("x" + 'y')</script>&`;
  const inner = html`<b title="${evil}">${evil}</b>`;

  const text = '&lt;script&gt;alert(&quot;x&quot; + &#39;y&#39;)&lt;/script&gt;&amp;';
  expect(html`<p>${inner}</p>`.html).toBe(`<p><b title="${text}">${text}</b></p>`);
  expect(html`${[inner, inner]}${7}${null}`.html).toBe(`${inner.html}\n${inner.html}7`);
  expect(page(evil, inner)).not.toContain('<script>');
});
