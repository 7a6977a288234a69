import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.ts';

/**
 * The secret that signs tokens. Outside production it is generated once into the data directory, readable by its
 * owner only, so that a first start needs no set-up and tokens survive restarts. Throws ConfigError in production
 * when it is unset: a secret that appears by itself differs from process to process and nobody keeps it.
 */
export async function jwtSecretOf({ jwtSecret, nodeEnv, dataDir }: Config): Promise<string> {
  if (jwtSecret !== null) return jwtSecret;
  if (nodeEnv === 'production') throw new ConfigError('JWT_SECRET must be set in production.');

  const file = join(dataDir, 'jwt-secret');
  return (await readSecret(file)) ?? (await createSecret(dataDir, file));
}

async function createSecret(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, randomBytes(48).toString('base64url'), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and never replaces a secret that another process has just made.
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(file);
  if (secret === null) throw new ConfigError(`JWT_SECRET is unset and ${file} disappeared while it was read.`);
  return secret;
}

async function readSecret(file: string): Promise<string | null> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret === '') throw new ConfigError(`${file} is empty: delete it, or set JWT_SECRET.`);
    return secret;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
