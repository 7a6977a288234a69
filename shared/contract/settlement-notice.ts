import type { Uuid } from '../domain/ids.ts';

/** The channel on which workers tell, at commit, which operations have changed. */
export const settlementChannel = 'operations_changed';

/** A UUID's 16 bytes in base64url, without padding. */
const idLength = 22;

/** PostgreSQL takes payloads of less than 8,000 bytes; this is the next lower number of whole ids, with room left. */
const idsPerNoticeMax = 350;

/** The notices that name `ids`: each is the ids' bytes, one after the other, and short enough for one NOTIFY. */
export function encodeNotices(ids: readonly Uuid[]): string[] {
  const encoded = ids.map((id) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url'));
  const notices: string[] = [];
  for (let from = 0; from < encoded.length; from += idsPerNoticeMax) {
    notices.push(encoded.slice(from, from + idsPerNoticeMax).join(''));
  }
  return notices;
}

/** The ids that a notice names. Anything else that was sent on the channel names none. */
export function decodeNotice(notice: string): Uuid[] {
  if (notice.length % idLength !== 0) return [];
  const ids: Uuid[] = [];
  for (let from = 0; from < notice.length; from += idLength) {
    const hex = Buffer.from(notice.slice(from, from + idLength), 'base64url').toString('hex');
    if (hex.length !== 32) return [];
    ids.push(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
  }
  return ids;
}
