import type pg from 'pg';
import type { Config } from '../../shared/runtime/config.ts';
import { openMailTransport } from '../mail/transport.ts';
import { openRooms } from '../rooms/client.ts';
import type { Channel } from './deliverer.ts';
import { mailChannel } from './mail-channel.ts';
import { roomChannels } from './room-channels.ts';

export type ChannelConfig = Pick<Config, 'smtpUrl' | 'mailFrom' | 'roomsApiBase' | 'roomsApiKey'>;

/** The ways out that are configured. */
export interface Channels {
  readonly channels: readonly Channel[];
  readonly close: () => void;
}

export function openChannels(pool: pg.Pool, config: ChannelConfig): Channels {
  const { smtpUrl, mailFrom: from, roomsApiBase: base, roomsApiKey: key } = config;
  const transport = smtpUrl === null ? null : openMailTransport({ smtpUrl, from });
  return {
    channels: [
      ...(transport === null ? [] : [mailChannel({ pool, transport, from, hasRooms: base !== null })]),
      ...(base === null ? [] : roomChannels(pool, openRooms({ base, key }))),
    ],
    close: () => transport?.close(),
  };
}
