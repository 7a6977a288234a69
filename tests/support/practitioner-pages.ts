import { randomUUID } from 'node:crypto';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { TestApi } from './api.ts';
import { addPeople } from './marketplace.ts';

/** Working hours of who always works. */
export const aroundTheClock = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

/** A page as an administrator puts it. */
export const page = {
  prices: [{ sessionType: 'massage', durationMinutes: 60, credits: 10 }],
  availability: aroundTheClock,
};

/** Somebody new who has such a page, put with this administrator's token. */
export async function addPage(api: TestApi, token: string, changes: object = {}): Promise<Uuid> {
  const id = randomUUID();
  await addPeople(api, [id], ['practitioner']);
  const { status, body } = await api.request('PUT', `/v1/practitioners/${id}`, {
    token,
    body: { ...page, ...changes },
  });
  if (status !== 200) throw new Error(`the page was refused: ${JSON.stringify(body)}`);
  return id;
}
