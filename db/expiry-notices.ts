import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import type { Tx } from './client.ts';
import { statement } from './statement.ts';
import { insertTimedMails, lookedAtUntil } from './timed-mails.ts';

interface EndingRow {
  readonly id: Uuid;
  readonly owner_id: Uuid;
  readonly remaining: string;
  readonly source: string;
  readonly expires_ms: number;
}

// Only who had the credits before is told so many days ahead: nobody needs to hear again what they were just given.
const selectEnding = statement<EndingRow>(
  'read_lots_to_tell_of',
  `select l.id, a.owner_id, l.remaining, l.source, (extract(epoch from l.expires_at) * 1000)::float8 as expires_ms
   from lots l join accounts a on a.id = l.account_id join users u on u.id = a.owner_id
   where l.remaining >= 1 and a.id = a.owner_id
     and l.expires_at > greatest(now(), $2::timestamptz + make_interval(days => $1))
     and l.expires_at <= now() + make_interval(days => $1)
     and l.created_at <= l.expires_at - make_interval(days => $1)`,
);

export interface NoticesDue {
  /** Before the end. */
  readonly days: number;
  /** Epoch ms: what was due before has been looked at. */
  readonly since: number;
  readonly hasMail: boolean;
}

/** Writes into the outbox who will lose credits so many days from now: one entry for each lot. */
export async function insertExpiryNotices(tx: Tx, { days, since, hasMail }: NoticesDue): Promise<void> {
  const { rows } = await selectEnding(tx.client, [days, lookedAtUntil(since)]);
  const mails = rows.map(({ id, owner_id: userId, remaining, source, expires_ms: expiresAt }) => ({
    id: derivedId(`expiring/${id}`),
    userId,
    subjectId: null,
    data: { amount: Number(remaining), source, note: null, expiresAt },
  }));
  await insertTimedMails(tx, 'credits_expiring', mails, hasMail);
}
