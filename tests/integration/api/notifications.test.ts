import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { startTestApi, withKey } from '../../support/api.ts';
import { addPeople, addPractitioners, silent, testWorkerConfig } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';

/* Without a mail server, what people would have been mailed is shown (contract §8). */

async function setup() {
  const api = await startTestApi();
  const config = { ...testWorkerConfig, databaseUrl: api.databaseUrl };
  const worker = startWorker({ config, operations, log: silent });
  onTestFinished(async () => {
    await worker.close();
    await api.close();
  });
  const [client, peer, practitioner] = [randomUUID(), randomUUID(), randomUUID()];
  await addPeople(api, [client]);
  await addPractitioners(api, [peer, practitioner]);
  const [asClient, asPeer, asPractitioner] = await Promise.all([
    api.tokenOf(client, 'client'),
    api.tokenOf(peer, 'practitioner'),
    api.tokenOf(practitioner, 'practitioner'),
  ]);
  const asAdmin = await api.tokenOf(randomUUID(), 'admin');
  const write = async (token: string, path: string, body: object) => {
    const answer = await api.request('POST', path, withKey({ token, body, headers: { Prefer: 'wait=20' } }));
    expect(answer.body.status).toBe('succeeded');
    return answer.body.outcome;
  };
  const types = async (token: string, userId?: string): Promise<string[]> => {
    const path = `/v1/notifications${userId === undefined ? '' : `?userId=${userId}`}`;
    const { status, body } = await api.request('GET', path, { token });
    return status === 200 ? body.data.map(({ type }: { type: string }) => type).toSorted() : [String(status)];
  };
  return { api, client, peer, practitioner, asClient, asPeer, asPractitioner, asAdmin, write, types };
}

const session = (practitionerId: string, hour: number) => ({
  practitionerId,
  startsAt: startOf(hour),
  durationMinutes: 60,
  sessionType: 'massage',
});

it('shows both sides what they were told, and nobody else (002-20)', async () => {
  const { api, client, peer, practitioner, asClient, asPeer, asPractitioner, asAdmin, write, types } = await setup();
  await write(asAdmin, '/v1/allocations', { userId: client, amount: 30, source: 'bonus' });
  await write(asAdmin, '/v1/allocations', { userId: peer, amount: 30, source: 'bonus' });
  await write(asAdmin, '/v1/allocations', { userId: client, amount: -5, source: 'adjustment' });
  await write(asClient, '/v1/bookings', session(practitioner, 9));
  const { bookingId } = await write(asPeer, '/v1/bookings', session(practitioner, 11));
  await write(asPeer, `/v1/bookings/${bookingId}/reschedule`, { startsAt: startOf(14) });
  await write(asPractitioner, `/v1/bookings/${bookingId}/cancel`, {});

  expect(await types(asClient)).toEqual(['booking_confirmed_client', 'credits_allocated']);
  expect(await types(asPeer)).toEqual([
    'booking_rescheduled',
    'credits_allocated',
    'peer_booking_cancelled_refunded',
    'peer_booking_confirmed_client',
    'peer_credits_deducted',
  ]);
  const toPractitioner = [
    'booking_confirmed_practitioner',
    'booking_rescheduled',
    'peer_booking_cancelled_refunded',
    'peer_booking_confirmed_practitioner',
    'peer_credits_earned',
  ];
  expect(await types(asPractitioner)).toEqual(toPractitioner);
  expect(await types(asAdmin, practitioner)).toEqual(toPractitioner);
  expect(await types(asClient, practitioner)).toEqual(['404']);

  const { body } = await api.request('GET', '/v1/notifications?limit=1', { token: asClient });
  expect(body.data).toEqual([
    {
      id: expect.any(String),
      userId: client,
      type: 'booking_confirmed_client',
      channel: 'email',
      status: 'skipped',
      subject: 'Your session is booked',
      sentAt: null,
      createdAt: expect.any(String),
    },
  ]);
  const next = await api.request('GET', `/v1/notifications?limit=1&cursor=${body.nextCursor}`, { token: asClient });
  expect(next.body).toMatchObject({ data: [{ type: 'credits_allocated' }], nextCursor: null });
});

it('keeps what a user does not want to be mailed', async () => {
  const { api, client, asClient, asPeer, asAdmin } = await setup();
  const path = `/v1/users/${client}/notification-preferences`;
  const put = (token: string, body: object) => api.request('PUT', path, { token, body });
  expect(await api.request('GET', path, { token: asClient })).toMatchObject({ status: 200, body: { muted: [] } });
  expect(await put(asClient, { muted: ['booking_reminder', 'booking_reminder'] })).toMatchObject({
    status: 200,
    body: { muted: ['booking_reminder'] },
  });
  expect((await api.request('GET', path, { token: asAdmin })).body).toEqual({ muted: ['booking_reminder'] });
  expect((await put(asClient, { muted: ['everything'] })).status).toBe(400);
  expect((await put(asPeer, { muted: [] })).status).toBe(404);
  const nobody = `/v1/users/${randomUUID()}/notification-preferences`;
  expect((await api.request('PUT', nobody, { token: asAdmin, body: { muted: [] } })).status).toBe(404);
});
