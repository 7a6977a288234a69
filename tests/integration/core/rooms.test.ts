import { describe, expect, it, onTestFinished } from 'vitest';
import { openRooms } from '../../../workers/rooms/client.ts';
import { idOf } from '../../support/builders.ts';
import { type FakeRooms, type RoomsFault, startFakeRooms } from '../../support/rooms.ts';
import { until } from '../../support/until.ts';

const room = {
  bookingId: idOf('session'),
  startsAt: Date.parse('2026-11-27T13:00:00Z'),
  endsAt: Date.parse('2026-11-27T13:50:00Z'),
};
const name = `counterfoil-${room.bookingId}`;
const url = `https://rooms.test/${name}`;
const never = () => new AbortController().signal;

async function aProvider(takenStatus?: 400 | 409): Promise<FakeRooms> {
  const fake = await startFakeRooms(takenStatus);
  onTestFinished(fake.close);
  return fake;
}

const clientOf = ({ base, key }: FakeRooms, answerMaxMs = 10_000) => openRooms({ base, key, answerMaxMs });
const seconds = (time: string) => Date.parse(time) / 1_000;

describe('a room', () => {
  it('is named after the booking and open around the session', async () => {
    const fake = await aProvider();
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
    const config = { nbf: seconds('2026-11-27T12:45:00Z'), exp: seconds('2026-11-27T14:50:00Z') };
    expect(fake.rooms()).toEqual([{ name, url, privacy: 'public', config }]);
  });

  it.each([400, 409] as const)('is found when it is there already (%i)', async (takenStatus) => {
    const fake = await aProvider(takenStatus);
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
    expect(fake.timesMade(name)).toBe(1);
    expect(fake.requests()).toEqual(['POST /v1/rooms', 'POST /v1/rooms', `GET /v1/rooms/${name}`]);
  });

  it('is one, however many ask at once', async () => {
    const fake = await aProvider();
    const urls = await Promise.all(Array.from({ length: 20 }, () => clientOf(fake).ensure(room, never())));
    expect(new Set(urls)).toEqual(new Set([url]));
    expect(fake.timesMade(name)).toBe(1);
  });

  it('is open at the new time when the session has moved', async () => {
    const fake = await aProvider();
    const dayMs = 24 * 3_600_000;
    await clientOf(fake).ensure(room, never());
    const moved = { ...room, startsAt: room.startsAt + dayMs, endsAt: room.endsAt + dayMs };
    expect(await clientOf(fake).ensure(moved, never())).toBe(url);
    const config = { nbf: seconds('2026-11-28T12:45:00Z'), exp: seconds('2026-11-28T14:50:00Z') };
    expect(fake.rooms()).toEqual([{ name, url, privacy: 'public', config }]);
    expect(fake.timesMade(name)).toBe(1);
  });

  it('is removed, alone, and may be gone already', async () => {
    const fake = await aProvider();
    const rooms = clientOf(fake);
    await rooms.ensure(room, never());
    await rooms.ensure({ ...room, bookingId: idOf('other') }, never());
    await rooms.remove(room.bookingId, never());
    await rooms.remove(room.bookingId, never());
    expect(fake.rooms().map((left) => left.name)).toEqual([`counterfoil-${idOf('other')}`]);
  });
});

describe('a provider that breaks', () => {
  it.each([500, 503, 429, 400, 302])('is heard when it answers %i, and asked again', async (status) => {
    const fake = await aProvider();
    fake.breakAs({ on: 'POST', answer: status });
    await expect(clientOf(fake).ensure(room, never())).rejects.toMatchObject({ name: 'RoomsError', status });
    fake.breakAs(null);
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
  });

  it('is heard when it cannot remove', async () => {
    const fake = await aProvider();
    await clientOf(fake).ensure(room, never());
    fake.breakAs({ on: 'DELETE', answer: 500 });
    await expect(clientOf(fake).remove(room.bookingId, never())).rejects.toMatchObject({ status: 500 });
    expect(fake.rooms().length).toBe(1);
  });

  it('has one room of a booking left when the answer to its making was lost', async () => {
    const fake = await aProvider();
    fake.breakAs({ on: 'POST', answer: 'lost' });
    await expect(clientOf(fake).ensure(room, never())).rejects.toThrow();
    expect(fake.timesMade(name)).toBe(1);
    fake.breakAs(null);
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
    expect(fake.rooms().length).toBe(1);
    expect(fake.timesMade(name)).toBe(1);
  });

  it('has none left when the answer to its removal was lost', async () => {
    const fake = await aProvider();
    await clientOf(fake).ensure(room, never());
    fake.breakAs({ on: 'DELETE', answer: 'lost' });
    await expect(clientOf(fake).remove(room.bookingId, never())).rejects.toThrow();
    fake.breakAs(null);
    await clientOf(fake).remove(room.bookingId, never());
    expect(fake.rooms()).toEqual([]);
  });

  it('may be away, and come back', async () => {
    const fake = await aProvider();
    await fake.refuse();
    await expect(clientOf(fake).ensure(room, never())).rejects.toThrow();
    await fake.listen();
    expect(await clientOf(fake).ensure(room, never())).toBe(url);
  });

  it('is given up when the signal says so, and after its time', async () => {
    const fake = await aProvider();
    fake.breakAs({ on: 'POST', answer: 'none' });
    const controller = new AbortController();
    const asking = clientOf(fake).ensure(room, controller.signal);
    asking.catch(() => {}); // it may fail before anybody awaits it
    await until('the provider hangs', () => fake.kept() === 1);
    controller.abort();
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    await expect(clientOf(fake, 100).ensure(room, never())).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(fake.rooms()).toEqual([]);
  });

  it('is given up when it begins to answer and does not end', async () => {
    const fake = await aProvider();
    fake.breakAs({ on: 'POST', answer: (response) => response.writeHead(200).write('{"url":') });
    await expect(clientOf(fake, 100).ensure(room, never())).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('an answer', () => {
  const answering = (body: string, status = 200, headers = {}): RoomsFault => ({
    on: 'POST',
    answer: (response) => response.writeHead(status, headers).end(body),
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no address', '{}'],
    ['an address that runs', '{"url":"javascript:alert(1)"}'],
    ['an address with lines', '{"url":"https://rooms.test/a\\r\\nBcc: eve"}'],
    ['half an address', '{"url":"https://["}'],
    ['an address without end', `{"url":"https://rooms.test/${'a'.repeat(2_000)}"}`],
  ])('that holds %s is no room', async (_, body) => {
    const fake = await aProvider();
    fake.breakAs(answering(body));
    await expect(clientOf(fake).ensure(room, never())).rejects.toThrow('no room');
  });

  it('that is too long is not read to its end', async () => {
    const fake = await aProvider();
    let isLeft = false;
    fake.breakAs({
      on: 'POST',
      answer: (response) => {
        const pour = () => {
          while (!response.destroyed && response.write(' '.repeat(16_384)));
        };
        response.on('drain', pour).on('close', () => {
          isLeft = true;
        });
        pour();
      },
    });
    await expect(clientOf(fake).ensure(room, never())).rejects.toThrow('more than 65536 bytes');
    await until('the connection is ended', () => isLeft);
  });

  it('that points elsewhere is not followed', async () => {
    const [fake, other] = [await aProvider(), await aProvider()];
    fake.breakAs(answering('', 307, { location: `${other.base}/rooms` }));
    await expect(clientOf(fake).ensure(room, never())).rejects.toMatchObject({ status: 307 });
    expect(other.requests()).toEqual([]);
  });
});

describe('the key', () => {
  it('is sent, when there is one, and in no error', async () => {
    const fake = await aProvider();
    await expect(openRooms({ base: fake.base, key: null }).ensure(room, never())).rejects.toThrow(
      /answered 401 to POST: \{"error":"authentication-error"\}$/,
    );
    // This provider repeats what it was told.
    const wrong = openRooms({ base: `${fake.base}/`, key: 'a-wrong-key' });
    const error: unknown = await wrong.ensure(room, never()).catch((caught: unknown) => caught);
    expect(String(error)).toContain('Bearer [redacted]');
    expect(String(error)).not.toContain('a-wrong-key');
  });
});
