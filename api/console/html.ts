/** A piece of a page in which everything that came from outside has been escaped. */
export interface Html {
  readonly html: string;
}

type Inserted = string | number | null | Html | readonly Html[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Inserts values into a page; text is escaped, pieces of pages are not. */
export function html(strings: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  return { html: strings.map((text, n) => text + (n < values.length ? inserted(values[n] ?? '') : '')).join('') };
}

function inserted(value: NonNullable<Inserted>): string {
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return 'html' in value ? value.html : value.map((piece) => piece.html).join('\n');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

const style: Html = {
  html: `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2530 }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d5dbe3 }
  code { font-size: 13px; overflow-wrap: anywhere }
  nav a { margin-right: 1rem }
  input, textarea, button { font: inherit }
  textarea { width: 100%; min-height: 6rem }
  .said { background: #fff3d6; padding: .5rem .8rem }
  .bad { color: #a11 } .good { color: #176d2d }`,
};

export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <link rel="icon" href="data:,">
    <title>${title} · Counterfoil</title>
    <style>${style}</style>
  </head>
  <body>
    <h1>${title}</h1>
    ${content}
  </body>
</html>
`.html;
}
