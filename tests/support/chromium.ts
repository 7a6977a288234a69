import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The Chromium of this machine, null when there is none. */
export function findChromium(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const directories = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => directories.map((path) => join(path, name))).find(existsSync) ?? null;
}

/** Throws where there is no Chromium: ask `findChromium` first. */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('no chromium on PATH');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
