import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { notFound } from '../http/problem.ts';
import { definePublicRoute, type Route } from '../http/route.ts';

/** The document is made when all routes are known, these included. */
export interface DocumentationDeps {
  readonly documentText: () => string;
}

// Found, not imported: importing the package would run the page's program here.
const { resolve } = createRequire(import.meta.url);

/** What the reference page loads, all of it from us. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Counterfoil API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/init.js"></script>
  </body>
</html>
`;

/** A file of its own, because the content security policy allows no script inside the page. */
const initScript = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  validatorUrl: null,
});
`;

export function documentationRoutes({ documentText }: DocumentationDeps): Route[] {
  const files = new Map<string, { readonly contentType: string; readonly contents: Buffer | string }>(
    Object.entries(assets).map(([name, contentType]) => [
      name,
      { contentType, contents: readFileSync(resolve(`swagger-ui-dist/${name}`)) },
    ]),
  );
  files.set('init.js', { contentType: 'text/javascript; charset=utf-8', contents: initScript });

  return [
    definePublicRoute({
      method: 'get',
      path: '/openapi.json',
      tag: 'Documentation',
      summary: 'This document',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
      handle: (_req, res) => {
        res.setHeader('Content-Type', 'application/json; charset=utf-8');
        res.end(documentText());
      },
    }),
    definePublicRoute({
      method: 'get',
      path: '/docs',
      tag: 'Documentation',
      summary: 'This document, readable',
      answers: { 200: { description: 'A page.', contentType: 'text/html', schema: z.string() } },
      handle: (_req, res) => {
        res.setHeader('Content-Type', 'text/html; charset=utf-8');
        res.end(page);
      },
    }),
    definePublicRoute({
      method: 'get',
      path: '/docs/:file',
      tag: 'Documentation',
      summary: 'What the page loads',
      answers: { 200: { description: 'A file.', contentType: 'text/plain', schema: z.string() } },
      handle: (req, res) => {
        const file = files.get(String(req.params.file));
        if (file === undefined) throw notFound();
        res.setHeader('Content-Type', file.contentType);
        res.setHeader('Cache-Control', 'public, max-age=3600');
        res.end(file.contents);
      },
    }),
  ];
}
