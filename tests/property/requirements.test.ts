import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/*
 * Every line that was required of sessions (001, 002) is named once in docs/requirements.md, with a test that is there, or
 * with the reason why there is none.
 */

interface Line {
  readonly numbers: readonly string[];
  readonly proofs: readonly string[];
}

const lines = readFileSync('docs/requirements.md', 'utf8')
  .split('\n')
  .flatMap((text): Line[] => {
    const [, numbers, , proofs] = text.split('|').map((cell) => cell.trim());
    if (numbers === undefined || proofs === undefined || !/^00[12]-/.test(numbers)) return [];
    return [{ numbers: numbers.split(', '), proofs: proofs.split('; ') }];
  });

const folders = new Map([
  ['core', 'tests/integration/core'],
  ['api', 'tests/integration/api'],
  ['chaos', 'tests/chaos'],
  ['property', 'tests/property'],
]);

/** Where a proof is, and what is said there: "core/bookings: moves the price". */
const located = /^(core|api|chaos|property)\/([\w-]+)(?:: (.+))?$/;

const otherwise = [
  /^(as|the same)\b/,
  /^(none|no rule): ./,
  /^(book|cancel|allocate|transfer|audit|mail\/render\.test|taking-a-slot\.test)\b/,
  /^(workers|shared|db|tests)\/\S+\.test\.ts\b/,
  /^`\S+` is never null$/,
  /^(registry\.test|one account per person|subscribers of events|the queue|the rejections of every decider)/,
  /^a peer one that is paid when it is over$/,
];

it('has a proof or a reason for every line', () => {
  const numbered = (system: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${system}-${String(n + 1).padStart(2, '0')}`);
  expect(lines.flatMap(({ numbers }) => numbers)).toEqual([...numbered('001', 56), ...numbered('002', 32)]);
  const unknown = lines.flatMap(({ numbers, proofs }) =>
    proofs.flatMap((proof) =>
      located.test(proof.split(', ')[0] ?? '') || otherwise.some((known) => known.test(proof))
        ? []
        : [[numbers, proof]],
    ),
  );
  expect(unknown).toEqual([]);
});

it('names tests that are there, by words of theirs', () => {
  const missing = lines.flatMap(({ numbers, proofs }) =>
    proofs.flatMap((proof) => missingOf(proof).map((what) => `${numbers}: ${what}`)),
  );
  expect(missing).toEqual([]);
});

/** What of "core/one, core/other: a title, another title" is not there. */
function missingOf(proof: string): string[] {
  const sources: string[] = [];
  return proof.split(', ').flatMap((part) => {
    const [, folder, file, title] = located.exec(part) ?? [];
    if (folder !== undefined) {
      const path = `${folders.get(folder)}/${file}.test.ts`;
      if (!existsSync(path)) return [path];
      sources.push(readFileSync(path, 'utf8').toLowerCase());
    }
    const words = (folder === undefined ? part : (title ?? '')).replace(/ \(.*\)$/, '').toLowerCase();
    const isThere =
      sources.length === 0 || words.split('…').every((some) => sources.some((text) => text.includes(some.trim())));
    return isThere ? [] : [part];
  });
}
