import type { OutboxEntryRecord } from '../../db/queries/notifications.ts';
import { type Html, html } from './html.ts';

/** What was to be done outside, and what became of it. */
export function outgoingTable(entries: readonly OutboxEntryRecord[]): Html {
  if (entries.length === 0) return html`<p>Nothing yet.</p>`;
  return html`<table>
      <tr><th>Since</th><th>What</th><th>To</th><th>Status</th><th>Attempts</th><th>Why</th></tr>
      ${entries.map(entryRow)}
    </table>`;
}

function entryRow({ createdAt, type, userId, subjectId, status, attempts, lastError }: OutboxEntryRecord): Html {
  return html`<tr>
        <td>${createdAt.toISOString()}</td>
        <td>${type}</td>
        <td><code>${userId ?? subjectId}</code></td>
        <td class="${status === 'failed' ? 'bad' : 'good'}">${status}</td>
        <td>${attempts}</td>
        <td><code>${lastError}</code></td>
      </tr>`;
}
