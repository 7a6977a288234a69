import { describe, expect, it, onTestFinished } from 'vitest';
import { withTransaction } from '../../../db/client.ts';
import { putMuted } from '../../../db/notification-preferences.ts';
import { retryItem } from '../../../db/reconciliation.ts';
import { insertReminders } from '../../../db/reminders.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endingsOf,
  giveCredits,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
} from '../../support/marketplace.ts';
import { headerOf } from '../../support/mime.ts';
import { booking, cancellation, submissionOf } from '../../support/requests.ts';
import { type SmtpCatcher, startSmtpCatcher } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';

/* What was decided is mailed, whatever the mail server does; and whatever it does, what was decided stands. */

const [ann, bob, theo] = [idOf('ann'), idOf('bob'), idOf('theo')];
const quick = { deliveryAttempts: 3, deliveryRetryBaseMs: 20 };

async function setup() {
  const smtp = await startSmtpCatcher();
  onTestFinished(smtp.close);
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo]);
  return { smtp, marketplace };
}

interface Entry {
  readonly type: string;
  readonly user_id: string;
  readonly status: string;
  readonly attempts: number;
  readonly last_error: string | null;
}

/** The outbox, oldest first, when none of it waits any more. */
function delivered({ owner }: Marketplace, count: number): Promise<Entry[]> {
  return until('everything is delivered, or given up', async () => {
    const { rows } = await owner.query<Entry>('select * from outbox order by created_at, type, user_id');
    return rows.length === count && rows.every(({ status }) => status !== 'waiting') && rows;
  });
}

function statusesOf(entries: readonly Entry[]): Record<string, string> {
  const nameOf = (id: string) => ({ [ann]: 'ann', [bob]: 'bob', [theo]: 'theo' })[id] ?? id;
  return Object.fromEntries(entries.map(({ type, user_id: userId, status }) => [`${nameOf(userId)}: ${type}`, status]));
}

function subjectsTo(smtp: SmtpCatcher, id: string): string[] {
  const mails = smtp.inbox().filter(({ to }) => to.includes(`${id}@example.test`));
  return mails.map(({ raw }) => headerOf(raw, 'Subject') ?? '').toSorted();
}

it('mails both parties, once, with an invitation that a cancellation takes back', async () => {
  const { smtp, marketplace } = await setup();
  startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
  await giveCredits(marketplace, [ann], 30);
  const booked = booking(ann, theo, 9);
  const { id } = submissionOf(booked);
  await settled(marketplace, await submit(marketplace, [booked]));
  await settled(marketplace, await submit(marketplace, [cancellation(ann, id)]));

  expect(statusesOf(await delivered(marketplace, 5))).toEqual({
    'ann: credits_allocated': 'sent',
    'ann: booking_confirmed_client': 'sent',
    'theo: booking_confirmed_practitioner': 'sent',
    'ann: booking_cancelled': 'sent',
    'theo: booking_cancelled': 'sent',
  });
  expect([subjectsTo(smtp, ann).length, subjectsTo(smtp, theo).length]).toEqual([3, 2]);
  const calendars = smtp.inbox().filter(({ raw }) => raw.includes('text/calendar'));
  expect(calendars.map(({ raw }) => /method=(\w+)/.exec(raw)?.[1]).toSorted()).toEqual([
    'CANCEL',
    'CANCEL',
    'REQUEST',
    'REQUEST',
  ]);
});

it('sends nothing to who does not want it, or has gone', async () => {
  const { smtp, marketplace } = await setup();
  await putMuted(marketplace.app, ann, ['booking_confirmed_client']);
  const worker = startTestWorker(marketplace, quick);
  await giveCredits(marketplace, [ann], 30);
  await worker.close();
  await marketplace.owner.query('update users set deleted_at = now() where id = $1', [bob]);
  await marketplace.owner.query(
    `insert into outbox (id, kind, type, user_id, data) values ($1, 'mail', 'credits_allocated', $2, '{}')`,
    [idOf('to bob'), bob],
  );
  startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
  await settled(marketplace, await submit(marketplace, [booking(ann, theo, 9)]));
  expect(statusesOf(await delivered(marketplace, 4))).toEqual({
    'ann: credits_allocated': 'skipped', // there was no mail server then
    'bob: credits_allocated': 'skipped',
    'ann: booking_confirmed_client': 'skipped',
    'theo: booking_confirmed_practitioner': 'sent',
  });
  expect(smtp.inbox()).toHaveLength(1);
});

describe('a mail server that fails', () => {
  it('delays mails and nothing else; then a person is asked, and their retry sends what was written (002-19)', async () => {
    const { smtp, marketplace } = await setup();
    smtp.breakAs({ at: 'recipient', answer: 451 });
    startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
    await giveCredits(marketplace, [ann], 30);
    expect(endingsOf(await settled(marketplace, await submit(marketplace, [booking(ann, theo, 9)])))).toEqual({
      succeeded: 1,
    });
    const entries = await delivered(marketplace, 3);
    expect(entries.map(({ status, attempts }) => [status, attempts])).toEqual(Array(3).fill(['failed', 3]));
    expect(entries[0]?.last_error).toContain('451');

    const items = () =>
      marketplace.owner.query<{ id: string; status: string }>(
        `select id, category, kind, subject_id, status from reconciliation_items order by kind`,
      );
    expect((await items()).rows).toMatchObject([
      { category: 'effect', kind: 'booking_confirmed_client', status: 'open' },
      { category: 'effect', kind: 'booking_confirmed_practitioner', status: 'open' },
      { category: 'effect', kind: 'credits_allocated', status: 'open' },
    ]);
    smtp.breakAs(null);
    // What was written stays as written, although the recipient is called otherwise by now.
    await marketplace.owner.query(`update users set first_name = 'Renamed' where id = $1`, [ann]);
    for (const { id } of (await items()).rows) {
      await retryItem(marketplace.app, { itemId: id, by: 'ops', note: 'it is back' });
    }
    expect(new Set(Object.values(statusesOf(await delivered(marketplace, 3))))).toEqual(new Set(['sent']));
    await until('the items are closed', async () => (await items()).rows.every(({ status }) => status === 'resolved'));
    expect(smtp.inbox()).toHaveLength(3);
    const bodies = smtp.inbox().map(({ raw }) => raw.slice(raw.indexOf('\r\n\r\n')));
    expect(bodies.filter((body) => body.includes('Renamed'))).toEqual([]);
  });

  it('after it took the mail: the same mail under the same id comes again, and is one', async () => {
    const { smtp, marketplace } = await setup();
    smtp.breakAs({ at: 'data', answer: 'lost' });
    startTestWorker(marketplace, { ...quick, deliveryAttempts: 50, smtpUrl: smtp.url() });
    await giveCredits(marketplace, [ann], 30);
    await until('it arrived twice', () => smtp.inbox().some(({ id }) => smtp.arrivals(id) > 1));
    smtp.breakAs(null);
    await delivered(marketplace, 1);
    expect(smtp.inbox()).toHaveLength(1);
  });

  it('and a process that dies with mails in hand: another one sends them', async () => {
    const { smtp, marketplace } = await setup();
    startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
    await marketplace.owner.query(
      `insert into outbox (id, kind, type, user_id, data, due_at, attempts)
       values ($1, 'mail', 'credits_allocated', $2, '{"amount": 1, "source": "bonus", "note": null}',
               now() + interval '1 second', 1)`,
      [idOf('claimed by a dead one'), ann],
    );
    expect(await delivered(marketplace, 1)).toMatchObject([{ status: 'sent', attempts: 2 }]);
  });
});

describe('reminders', () => {
  /** As if the sessions had been booked two days ago, for half an hour from now. */
  async function letComeSoon({ owner }: Marketplace, ids: readonly string[]): Promise<void> {
    await owner.query(
      `update bookings set starts_at = soon, ends_at = soon + interval '1 minute', buffered_until = soon + interval '1 minute',
         created_at = now() - interval '2 days'
       from (select id as of, date_trunc('minute', now()) + interval '30 minutes' + n * interval '1 minute' as soon
             from unnest($1::uuid[]) with ordinality as t (id, n)) as times where id = of`,
      [ids],
    );
  }

  const since = { hours: [24, 1], since: 0, hasMail: true };

  it('both parties, once, the nearest only; those who have booked within the hour need none', async () => {
    const { smtp, marketplace } = await setup();
    const worker = startTestWorker(marketplace, quick);
    await giveCredits(marketplace, [ann], 90);
    const sessions = [booking(ann, theo, 9), booking(ann, theo, 11)];
    await settled(marketplace, await submit(marketplace, sessions));
    await worker.close();
    const [soon = '', justNow = ''] = sessions.map((one) => submissionOf(one).id);
    await letComeSoon(marketplace, [soon, justNow]);
    await marketplace.owner.query('update bookings set created_at = now() where id = $1', [justNow]);

    startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
    startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
    await until('both are reminded', () => smtp.inbox().length === 2);
    await withTransaction(marketplace.app, (tx) => insertReminders(tx, since));
    const { rows } = await marketplace.owner.query(
      `select user_id from outbox where type = 'booking_reminder' and subject_id = $1`,
      [soon],
    );
    expect(rows.map(({ user_id: id }) => id).toSorted()).toEqual([ann, theo].toSorted());
    const { rowCount } = await marketplace.owner.query(`select from outbox where type = 'booking_reminder'`);
    expect(rowCount).toBe(2);
  });

  it('not of what was cancelled or moved just before, 200 times', async () => {
    const { smtp, marketplace } = await setup();
    const practitioners = Array.from({ length: 20 }, (_, n) => idOf(`practitioner ${n}`));
    const clients = Array.from({ length: 20 }, (_, n) => idOf(`client ${n}`));
    await addPeople(marketplace, clients);
    await addPractitioners(marketplace, practitioners);
    const worker = startTestWorker(marketplace, quick);
    await giveCredits(marketplace, clients, 100);
    const sessions = practitioners.flatMap((practitioner, n) =>
      Array.from({ length: 10 }, (_, hour) => booking(clients[n] ?? '', practitioner, hour + 1)),
    );
    const ids = sessions.map((one) => submissionOf(one).id);
    expect(endingsOf(await settled(marketplace, await submit(marketplace, sessions)))).toEqual({ succeeded: 200 });
    await letComeSoon(marketplace, ids);
    await withTransaction(marketplace.app, (tx) => insertReminders(tx, since));
    const cancellations = ids.map((id, n) => cancellation(clients[Math.floor(n / 10)] ?? '', id));
    expect(endingsOf(await settled(marketplace, await submit(marketplace, cancellations)))).toEqual({ succeeded: 200 });
    await worker.close();

    startTestWorker(marketplace, { ...quick, smtpUrl: smtp.url() });
    await until('all reminders are looked at', async () => {
      const { rows } = await marketplace.owner.query<{ status: string; count: string }>(
        `select status, count(*) from outbox where type = 'booking_reminder' group by status`,
      );
      return rows.length === 1 && rows[0]?.status === 'skipped' && rows[0].count === '400';
    });
    expect(smtp.inbox().filter(({ raw }) => raw.includes('coming up'))).toEqual([]);
  });
});
