import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { Tx } from './client.ts';
import { statement } from './statement.ts';

/** Clocks of processes differ, and what commits late was decided a little earlier. */
const marginMs = 120_000;

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

const insert = statement(
  'insert_expiry_notices',
  `insert into outbox (id, kind, type, user_id, subject_id, data, status, settled_at)
   select id, 'mail', 'credits_expiring', user_id, null, data::jsonb, $4, case when $4 = 'skipped' then now() end
   from unnest($1::uuid[], $2::uuid[], $3::text[]) as new (id, user_id, data)
   on conflict (id) do nothing`,
);

export interface NoticesDue {
  /** Before the end. */
  readonly days: number;
  /** Epoch ms: what was due before has been looked at. */
  readonly since: number;
  readonly hasMail: boolean;
}

/** Writes into the outbox who will lose credits so many days from now: one entry for each lot. */
export async function insertExpiryNotices({ client }: Tx, { days, since, hasMail }: NoticesDue): Promise<void> {
  const { rows } = await selectEnding(client, [days, new Date(Math.max(0, since - marginMs))]);
  if (rows.length === 0) return;
  await insert(client, [
    plainArray(rows.map(({ id }) => derivedId(`expiring/${id}`))),
    plainArray(rows.map(({ owner_id: userId }) => userId)),
    textArray(
      rows.map(({ remaining, source, expires_ms: expiresAt }) =>
        JSON.stringify({ amount: Number(remaining), source, note: null, expiresAt }),
      ),
    ),
    hasMail ? 'waiting' : 'skipped',
  ]);
}
