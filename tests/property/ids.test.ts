import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { derivedId, operationIdOf, reconciliationItemIdOf, transferIdOf } from '../../shared/domain/ids.ts';

/** RFC 9562 §5.5, as plainly as it can be written. */
function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  const bytes = [...createHash('sha1').update(space).update(name, 'utf8').digest().subarray(0, 16)];
  return bytes
    .map((byte, index) => {
      if (index === 6) return (byte % 16) + 5 * 16;
      if (index === 8) return (byte % 64) + 128;
      return byte;
    })
    .map((byte, index) => ([4, 6, 8, 10].includes(index) ? '-' : '') + byte.toString(16).padStart(2, '0'))
    .join('');
}

const ours = '6f1c1c0e-6d7a-5c0f-b3a1-c0de0f11f011';

it("is compared with the RFC's own example", () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

it('derives UUIDv5 in our namespace from any name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(derivedId(name)).toBe(uuidV5(ours, name));
    }),
    { numRuns: 200 },
  );
});

it('derives them of long names, too', () => {
  for (const length of [0, 1, 335, 336, 337, 1_008, 1_009, 5_000]) {
    for (const unit of ['a', '€', '\u{1f3ab}', '\ud800']) {
      expect(derivedId(unit.repeat(length))).toBe(uuidV5(ours, unit.repeat(length)));
    }
  }
});

it('never changes: stored operations, transfers and items are found under these ids', () => {
  const caller = '11111111-1111-4111-8111-111111111111';
  expect(operationIdOf(caller, 'key-1')).toBe(uuidV5(ours, `operation/${caller}/key-1`));
  expect(operationIdOf(caller, 'key-1')).toBe('cee2c1bb-05d9-5931-9aa7-6f3c3e15b9b1');
  expect(transferIdOf(operationIdOf(caller, 'key-1'), 0)).toBe('6b54757a-5974-5ab9-834b-e2fbf386b55e');
  expect(reconciliationItemIdOf('operation', caller)).toBe('50a9ceb6-a2af-5ce2-82db-6897411c96e5');
});

it('tells callers, keys and ordinals apart', () => {
  const ids = fc.tuple(fc.uuid(), fc.string({ minLength: 1, maxLength: 255 }), fc.nat());
  fc.assert(
    fc.property(fc.uniqueArray(ids, { selector: (id) => id.join('/'), minLength: 2 }), (some) => {
      expect(new Set(some.map(([caller, key]) => `${caller}/${key}`)).size).toBe(
        new Set(some.map(([caller, key]) => operationIdOf(caller, key))).size,
      );
      expect(new Set(some.map(([operation, , ordinal]) => transferIdOf(operation, ordinal))).size).toBe(
        new Set(some.map(([operation, , ordinal]) => `${operation}/${ordinal}`)).size,
      );
    }),
  );
});
