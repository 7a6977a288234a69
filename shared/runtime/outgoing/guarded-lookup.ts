import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { within } from '../within.ts';
import { isPublicAddress } from './addresses.ts';

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const lookupAll = promisify(lookup);

/** As the system resolves names. */
export const resolveHost: Resolve = (hostname) => lookupAll(hostname, { all: true, verbatim: true });

/** A name leads, at least in part, to where nothing may be sent. */
export class PrivateAddressError extends Error {
  constructor(hostname: string) {
    super(`${hostname} leads to an address that is not public`);
    this.name = 'PrivateAddressError';
  }
}

/**
 * For the `lookup` of a connection: resolves, checks every address, and hands on exactly those. What was checked is
 * what is connected to, so that a name that changes its mind between two look-ups gains nothing.
 */
export function guardedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    publicAddresses(hostname, resolve, allowPrivate).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else if (first === undefined) callback(new Error(`${hostname} has no address`), '');
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
}

/** Whether a name leads to somewhere private now; one that cannot be resolved in time is left to the check at connect. */
export async function leadsToPrivate(hostname: string, resolve: Resolve): Promise<boolean> {
  const patienceMs = 2_000;
  try {
    await within(patienceMs, publicAddresses(hostname, resolve, false));
    return false;
  } catch (error) {
    return error instanceof PrivateAddressError;
  }
}

async function publicAddresses(
  hostname: string,
  resolve: Resolve,
  allowPrivate: boolean,
): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(hostname);
  if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address)))
    throw new PrivateAddressError(hostname);
  return addresses;
}
