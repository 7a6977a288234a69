import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { jwtSecretOf } from './jwt-secret.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'counterfoil-secret-'));
});

afterEach(() => rm(root, { recursive: true }));

function configOf(env: Record<string, string> = {}) {
  return loadConfig({ DATA_DIR: join(root, 'data'), ...env });
}

it('is the one that is set', async () => {
  expect(await jwtSecretOf(configOf({ JWT_SECRET: 'given' }))).toBe('given');
});

it('is made once, also when many ask at the same time, and is nobody else’s to read', async () => {
  const asked = await Promise.all(Array.from({ length: 20 }, () => jwtSecretOf(configOf())));
  expect(new Set([...asked, await jwtSecretOf(configOf())]).size).toBe(1);
  expect(asked[0]?.length).toBeGreaterThanOrEqual(32);

  const dataDir = join(root, 'data');
  expect(await readdir(dataDir)).toEqual(['jwt-secret']);
  expect((await stat(join(dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600);
});

it('is never made in production', async () => {
  await expect(jwtSecretOf(configOf({ NODE_ENV: 'production' }))).rejects.toThrow(
    /^JWT_SECRET must be set in production\.$/,
  );
});

it('is not an empty file', async () => {
  await jwtSecretOf(configOf());
  await writeFile(join(root, 'data', 'jwt-secret'), '');
  await expect(jwtSecretOf(configOf())).rejects.toThrow(/is empty: delete it/);
});
