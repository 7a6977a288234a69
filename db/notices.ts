import pg from 'pg';
import { decodeNotice, settlementChannel } from '../shared/contract/settlement-notice.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { type OperationRecord, shownOperation } from './queries/operations.ts';

export interface NoticeOptions {
  readonly databaseUrl: string;
  readonly onChanged: (ids: readonly Uuid[]) => void;
  /** The operation as it is committed. */
  readonly onOutcome: (operation: OperationRecord) => void;
  readonly log: { warn: (details: object, message: string) => void };
}

const pauseMinMs = 100;
const pauseMaxMs = 5_000;

/** A connection that died without a word is found out by asking now and then. */
const probeEveryMs = 10_000;
const probeTimeoutMs = 5_000;

/**
 * Listens, on a connection of its own, for notices about changed operations, and connects again whenever that breaks.
 * Notices of the time in between are lost: whoever waits must also look now and then. Never fails.
 */
export function listenForNotices({ databaseUrl, log, ...heard }: NoticeOptions): { close: () => Promise<void> } {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = pauseMinMs;
  let closed = false;

  const connect = () => {
    const connecting = newClient(databaseUrl);
    client = connecting;
    connecting.on('notification', ({ channel, payload = '' }) => {
      if (channel === settlementChannel) heard.onChanged(decodeNotice(payload));
      else hearOutcome(heard, payload);
    });
    // Also what ends a connection after a failed probe; only the first word counts.
    const lost = (error?: Error) => {
      if (client !== connecting) return;
      client = null;
      clearTimeout(timer);
      connecting.end().catch(() => undefined);
      if (closed) return;
      log.warn({ err: error }, 'the connection that listens for settled operations is gone; connecting again');
      timer = setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    };
    connecting.on('error', lost);
    connecting.on('end', () => lost());
    const probe = () => {
      connecting.query('select 1').then(() => {
        pauseMs = pauseMinMs;
        timer = setTimeout(probe, probeEveryMs);
      }, lost);
    };
    connecting
      .connect()
      .then(() => connecting.query(`listen ${settlementChannel}`))
      .then(() => listenForOutcomes(connecting))
      .then(probe, lost);
  };
  connect();

  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      const open = client;
      client = null;
      await open?.end().catch(() => undefined);
    },
  };
}

async function listenForOutcomes(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select name from outcome_channel');
  for (const { name } of rows) await client.query(`listen ${client.escapeIdentifier(name)}`);
}

function hearOutcome({ onChanged, onOutcome }: Pick<NoticeOptions, 'onChanged' | 'onOutcome'>, notice: string): void {
  const shown = shownOperation(notice);
  if (typeof shown === 'string') onChanged([shown]);
  else onOutcome(shown);
}

function newClient(databaseUrl: string): pg.Client {
  return new pg.Client({
    connectionString: databaseUrl,
    options: '-c role=counterfoil_app',
    application_name: 'counterfoil-listener',
    connectionTimeoutMillis: probeTimeoutMs,
    query_timeout: probeTimeoutMs,
    keepAlive: true,
  });
}
