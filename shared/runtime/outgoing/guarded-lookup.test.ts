import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, leadsToPrivate, PrivateAddressError, type Resolve } from './guarded-lookup.ts';

const open: LookupAddress = { address: '93.184.216.34', family: 4 };
const inside: LookupAddress = { address: '10.0.0.7', family: 4 };

function look(resolve: Resolve, { all = true, allowPrivate = false } = {}): Promise<unknown> {
  return new Promise((done, fail) => {
    guardedLookup(resolve, allowPrivate)('host.example', { all }, (error, address) =>
      error === null ? done(address) : fail(error),
    );
  });
}

describe('the look-up of a connection', () => {
  it('hands on what it has checked, as one address or as all', async () => {
    expect(await look(async () => [open])).toEqual([open]);
    expect(await look(async () => [open], { all: false })).toBe(open.address);
  });

  it('refuses a name when any of its addresses is private', async () => {
    await expect(look(async () => [inside])).rejects.toThrow(PrivateAddressError);
    await expect(look(async () => [open, inside])).rejects.toThrow(PrivateAddressError);
    await expect(look(async () => [open, inside], { all: false })).rejects.toThrow(PrivateAddressError);
    await expect(look(async () => [{ address: '::ffff:127.0.0.1', family: 6 }])).rejects.toThrow(PrivateAddressError);
    expect(await look(async () => [inside], { allowPrivate: true })).toEqual([inside]);
  });

  it('checks every time, not once', async () => {
    const answers = [open, inside];
    const rebinding: Resolve = async () => answers.splice(0, 1);
    expect(await look(rebinding)).toEqual([open]);
    await expect(look(rebinding)).rejects.toThrow(PrivateAddressError);
  });

  it('says so when a name has no address or cannot be resolved', async () => {
    await expect(look(async () => [], { all: false })).rejects.toThrow('has no address');
    await expect(look(() => Promise.reject(new Error('ENOTFOUND')))).rejects.toThrow('ENOTFOUND');
  });
});

it('tells a name that leads inside from one that does not, or not now', async () => {
  expect(await leadsToPrivate('host.example', async () => [open, inside])).toBe(true);
  expect(await leadsToPrivate('host.example', async () => [open])).toBe(false);
  expect(await leadsToPrivate('host.example', () => Promise.reject(new Error('ENOTFOUND')))).toBe(false);
});
