import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signOpsLinkToken } from '../../../shared/runtime/tokens.ts';
import { jwtSecret, startTestApi, type TestApi } from '../../support/api.ts';
import { findChromium, startChromium } from '../../support/chromium.ts';

const isThere = findChromium() !== null;
if (!isThere) console.warn('NO CHROMIUM on PATH: the pages are NOT looked at in this run.');

describe.runIf(isThere)('in a browser', () => {
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startTestApi(), startChromium()]);
  });
  afterAll(() => Promise.all([browser.close(), api.close()]));

  /** A page, with everything that it complains about and everybody else whom it asks. */
  async function open(path: string): Promise<{ page: Page; complaints: string[]; strangers: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(api.url) || request.url().startsWith('data:');
      if (!isOurs) strangers.push(request.url());
    });
    await page.goto(api.url + path);
    return { page, complaints, strangers };
  }

  it('shows the API reference under the content security policy, asking nobody else', async () => {
    const { page, complaints, strangers } = await open('/docs');
    await page.getByText('/v1/bookings/{bookingId}/cancel').first().waitFor();

    expect(await page.title()).toBe('Counterfoil API');
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('signs in with a link, and shows the queues', async () => {
    const link = await signOpsLinkToken(jwtSecret, { sub: randomUUID(), linkId: randomUUID() });
    const { page, complaints, strangers } = await open(`/ops/sign-in?token=${link}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Waiting for a person' }).waitFor();
    await page.getByRole('button', { name: 'Run the audit now' }).click();
    await page.getByText('no violation').waitFor();
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByText('allocation').first().waitFor();

    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });
});
