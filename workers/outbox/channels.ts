import type pg from 'pg';
import type Stripe from 'stripe';
import type { Config } from '../../shared/runtime/config.ts';
import { openMailTransport } from '../mail/transport.ts';
import { paymentChannels } from '../payments/channels.ts';
import { openRooms } from '../rooms/client.ts';
import type { Channel } from './deliverer.ts';
import { mailChannel } from './mail-channel.ts';
import { roomChannels } from './room-channels.ts';

export type ChannelConfig = Pick<
  Config,
  'smtpUrl' | 'mailFrom' | 'roomsApiBase' | 'roomsApiKey' | 'retryAttempts' | 'retryBaseMs'
>;

export interface ChannelOptions {
  readonly pool: pg.Pool;
  readonly config: ChannelConfig;
  readonly stripe: Stripe | null;
}

/** The ways out that are configured. */
export interface Channels {
  readonly channels: readonly Channel[];
  readonly close: () => void;
}

export function openChannels({ pool, config, stripe }: ChannelOptions): Channels {
  const { smtpUrl, mailFrom: from, roomsApiBase: base, roomsApiKey: key } = config;
  const retry = { attempts: config.retryAttempts, baseMs: config.retryBaseMs };
  const transport = smtpUrl === null ? null : openMailTransport({ smtpUrl, from });
  return {
    channels: [
      ...(transport === null ? [] : [mailChannel({ pool, transport, from, hasRooms: base !== null })]),
      ...(base === null ? [] : roomChannels(pool, openRooms({ base, key }))),
      ...(stripe === null ? [] : paymentChannels({ pool, stripe, retry })),
    ],
    close: () => transport?.close(),
  };
}
