import type { Settings } from '../shared/domain/state.ts';
import type { Config } from '../shared/runtime/config.ts';

/** What of the configuration deciders may know. */
export function settingsOf({
  peerSettlement,
  smtpUrl,
  roomsApiBase,
}: Pick<Config, 'peerSettlement' | 'smtpUrl' | 'roomsApiBase'>): Settings {
  return { peerSettlement, hasMail: smtpUrl !== null, hasRooms: roomsApiBase !== null };
}
