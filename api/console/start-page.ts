import type { Request, Response } from 'express';
import type pg from 'pg';
import { z } from 'zod';
import { type AuditRun, latestAuditRun } from '../../db/audit-runs.ts';
import { newestOutgoing, type OutboxEntryRecord } from '../../db/queries/notifications.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { type ItemRecord, listItems } from '../../db/queries/reconciliation.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { definePublicRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { itemActionNames, type Operators } from '../operators.ts';
import { noteSchema } from '../routes/reconciliation.ts';
import { readForm, seeOther, sendPage } from './forms.ts';
import { type Html, html, page } from './html.ts';
import { outgoingTable } from './outgoing-table.ts';
import { assertSameOrigin, type Sessions } from './session.ts';

export interface StartPageDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
  readonly operators: Operators;
  readonly sessions: Sessions;
}

const itemsShownMax = 100;
const outgoingShownMax = 50;

const actionForm = z.object({ action: z.enum(itemActionNames), note: noteSchema });

const redirect = { description: 'Done; see the page.' };

export function startPageRoutes(deps: StartPageDeps): Route[] {
  const { app, reader, operators, sessions } = deps;

  /** Runs `work` for who is signed in; everybody else is sent to the sign-in. */
  const signedIn = async (req: Request, res: Response, work: (operator: Caller) => Promise<void>): Promise<void> => {
    const operator = await sessions.of(req);
    if (operator === null) seeOther(res, '/ops/sign-in');
    else await work(operator);
  };

  return [
    definePublicRoute({
      method: 'get',
      path: '/ops',
      tag: 'Console',
      summary: "Operators' start page",
      isOfConsole: true,
      answers: { 200: { description: 'A page.', contentType: 'text/html', schema: z.string() }, 303: redirect },
      handle: (req, res) =>
        signedIn(req, res, async (operator) => {
          const [items, outgoing] = await readAs(reader, viewerOf(operator), async (tx) => [
            await listItems(tx, { status: 'open', category: undefined }, { limit: itemsShownMax, after: null }),
            await newestOutgoing(tx, outgoingShownMax),
          ]);
          const records = items.map(({ record }) => record);
          sendPage(res, 200, startPage(records, await latestAuditRun(app), outgoing));
        }),
    }),
    definePublicRoute({
      method: 'post',
      path: '/ops/audit',
      tag: 'Console',
      summary: 'Run the audit',
      isOfConsole: true,
      body: nothing,
      answers: { 303: redirect },
      handle: (req, res) =>
        signedIn(req, res, async (operator) => {
          assertSameOrigin(req);
          await operators.runAudit(operator.id);
          seeOther(res, '/ops');
        }),
    }),
    definePublicRoute({
      method: 'post',
      path: '/ops/reconciliation/:id',
      tag: 'Console',
      summary: 'Retry, resolve or dismiss an item',
      isOfConsole: true,
      body: actionForm,
      answers: { 303: redirect },
      handle: (req, res) =>
        signedIn(req, res, async (operator) => {
          assertSameOrigin(req);
          const { id } = idParameter.parse(req.params);
          const { action, note } = await readForm(req, res, actionForm);
          const item = await operators.act(action, { itemId: id, by: operator.id, note });
          if (item === null) throw notFound('There is no such item.');
          seeOther(res, '/ops');
        }),
    }),
  ];
}

function startPage(
  items: readonly ItemRecord[],
  audit: AuditRun | null,
  outgoing: readonly OutboxEntryRecord[],
): string {
  return page(
    'Operators',
    html`<nav>
      <a href="/ops/queues">Queues</a>
      <a href="/docs">API reference</a>
    </nav>
    <h2>Waiting for a person</h2>
    ${itemTable(items)}
    <h2>Audit</h2>
    ${auditTable(audit)}
    <form method="post" action="/ops/audit"><p><button>Run the audit now</button></p></form>
    <h2>Mails and rooms, newest first</h2>
    ${outgoingTable(outgoing)}
    <form method="post" action="/ops/sign-out"><p><button>Sign out</button></p></form>`,
  );
}

function itemTable(items: readonly ItemRecord[]): Html {
  if (items.length === 0) return html`<p class="good">Nothing.</p>`;
  return html`<table>
      <tr><th>Since</th><th>What</th><th>Error</th><th>Attempts</th><th>Do</th></tr>
      ${items.map(itemRow)}
    </table>`;
}

function itemRow({ id, openedAt, summary, subjectId, error, attempts }: ItemRecord): Html {
  return html`<tr>
        <td>${openedAt.toISOString()}</td>
        <td>${summary}<br><code>${subjectId}</code></td>
        <td><code>${error}</code></td>
        <td>${attempts}</td>
        <td>
          <form method="post" action="/ops/reconciliation/${id}">
            <input name="note" placeholder="Why" aria-label="Note" required maxlength="2000">
            <button name="action" value="retry">Retry</button>
            <button name="action" value="resolve">Resolve</button>
            <button name="action" value="dismiss">Dismiss</button>
          </form>
        </td>
      </tr>`;
}

function auditTable(audit: AuditRun | null): Html {
  if (audit === null) return html`<p>It has not been run yet.</p>`;
  const verdict = audit.ok ? html`<b class="good">no violation</b>` : html`<b class="bad">violations</b>`;
  return html`<p>${audit.ranAt.toISOString()}: ${verdict}, in ${audit.durationMs} ms.</p>
    <table>
      <tr><th>Check</th><th>Violations</th><th>Sample</th></tr>
      ${audit.checks.map(
        ({ name, violations, sample }) => html`<tr>
        <td>${name}</td>
        <td class="${violations === 0 ? 'good' : 'bad'}">${violations}</td>
        <td><code>${sample.length === 0 ? '' : JSON.stringify(sample)}</code></td>
      </tr>`,
      )}
    </table>`;
}
