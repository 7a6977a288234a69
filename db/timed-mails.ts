import type { NotificationType } from '../shared/contract/notification-types.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Tx } from './client.ts';
import { statement } from './statement.ts';

/* Mails that time alone brings about: who looks for them looks at what has come due since the last look. */

/** Clocks of processes differ, and what commits late was decided a little earlier. */
const marginMs = 120_000;

/** From when on to look, when everything before `since` (epoch ms) has been looked at. */
export function lookedAtUntil(since: number): Date {
  return new Date(Math.max(0, since - marginMs));
}

export interface TimedMail {
  /** Derived from what it is about: however often that is found, there is one. */
  readonly id: Uuid;
  readonly userId: Uuid;
  readonly subjectId: Uuid | null;
  readonly data: object;
}

const insert = statement(
  'insert_timed_mails',
  `insert into outbox (id, kind, type, user_id, subject_id, data, status, settled_at)
   select id, 'mail', $5, user_id, subject_id, data::jsonb, $6, case when $6 = 'skipped' then now() end
   from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as new (id, user_id, subject_id, data)
   on conflict (id) do nothing`,
);

/** Writes them into the outbox; without a mail server they are only shown. */
export async function insertTimedMails(
  { client }: Tx,
  type: NotificationType,
  mails: readonly TimedMail[],
  hasMail: boolean,
): Promise<void> {
  if (mails.length === 0) return;
  await insert(client, [
    mails.map(({ id }) => id),
    mails.map(({ userId }) => userId),
    mails.map(({ subjectId }) => subjectId),
    mails.map(({ data }) => JSON.stringify(data)),
    type,
    hasMail ? 'waiting' : 'skipped',
  ]);
}
