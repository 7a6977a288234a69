import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';

/** What may be reached from here, besides https on public addresses. Both are for development and tests. */
export interface OutgoingRules {
  readonly allowHttp: boolean;
  readonly allowPrivate: boolean;
}

/** Longer than any real one, short enough for logs and lists. */
export const urlLengthMax = 2_000;

/**
 * Why nothing may be sent to this URL, completing the sentence "url …", or null. Names are not resolved here: what they
 * lead to is checked at every connect.
 */
export function urlFaultOf(text: string, { allowHttp, allowPrivate }: OutgoingRules): string | null {
  if (text.length > urlLengthMax) return `must have at most ${urlLengthMax} characters`;
  if (!URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  const protocols = allowHttp ? ['https:', 'http:'] : ['https:'];
  if (!protocols.includes(url.protocol)) return `must begin with ${protocols.join('// or ')}//`;
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.hash !== '') return 'must not contain a fragment';
  const address = addressIn(url);
  if (!allowPrivate && address !== null && !isPublicAddress(address)) return 'must lead to a public address';
  return null;
}

/** The IP address that a URL names, null when it names a host. Hex, octal and decimal forms are normalised by then. */
function addressIn({ hostname }: URL): string | null {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? null : host;
}
