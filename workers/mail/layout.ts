import { escapeHtml } from '../../shared/runtime/html.ts';
import type { Fact, Letter } from './letter.ts';

const sender = 'Counterfoil';

/** The body for readers of plain text. `firstName` is one line and may be empty. */
export function textBody({ opening, facts, closing }: Letter, firstName: string): string {
  const list = facts.map(({ label, value }) => `${label}: ${value.replaceAll('\n', '\n  ')}`).join('\n');
  const parts = [greetingOf(firstName), opening, list, closing, sender];
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}

/** The same for readers of HTML; styles are written at the elements, since mail programs drop style sheets. */
export function htmlBody({ opening, facts, closing }: Letter, firstName: string, subject: string): string {
  const rows = facts.map(rowOf).join('\n');
  const table = rows === '' ? [] : [`<table role="presentation" style="border-collapse:collapse">\n${rows}\n</table>`];
  const parts = [
    paragraph(greetingOf(firstName)),
    paragraph(opening),
    ...table,
    ...(closing === null ? [] : [paragraph(closing)]),
    `<p style="color:#5b6673">${sender}</p>`,
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font:15px/1.5 system-ui,sans-serif;color:#1c2530;margin:24px;max-width:40em;overflow-wrap:anywhere">
${parts.join('\n')}
</body>
</html>
`;
}

function greetingOf(firstName: string): string {
  return firstName === '' ? 'Hello,' : `Hello ${firstName},`;
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function rowOf({ label, value, isLink }: Fact): string {
  const cell = 'text-align:left;vertical-align:top;padding:4px 12px 4px 0';
  const text = escapeHtml(value);
  const shown = isLink ? `<a href="${text}">${text}</a>` : text;
  return `<tr><th style="${cell}">${escapeHtml(label)}:</th><td style="${cell};white-space:pre-line">${shown}</td></tr>`;
}
