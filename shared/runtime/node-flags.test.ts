import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nodeFlagsOf } from './node-flags.ts';

const commands = ['package.json', 'Dockerfile', 'docker-compose.yml'].flatMap((file) =>
  [
    ...readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').matchAll(
      /\bnode\b.*dist\/(?:api|workers)\/main\.js/g,
    ),
  ].map(([command]) => ({ file, words: command.split(/[\s",]+/) })),
);

it.each(commands)('are what $file starts a process with', ({ words: [, ...words] }) => {
  const entry = words.pop() ?? '';

  expect(words).toEqual(nodeFlagsOf(entry));
});

it('are said wherever processes are started', () => {
  expect(commands.map(({ file }) => file).sort()).toEqual([
    'Dockerfile',
    'docker-compose.yml',
    'package.json',
    'package.json',
  ]);
});
