import { z } from 'zod';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Answer, RoomsError, type RoomsHttp, roomsHttp } from './http.ts';

export interface Room {
  readonly bookingId: Uuid;
  /** Epoch ms of the session. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * Video rooms of a provider that talks as Daily does. A room is named after its booking, so that asking again, after an
 * answer that was lost or at the same time, finds the room instead of making a second one.
 */
export interface Rooms {
  /** The address of the booking's room, which is there afterwards and open around the session. */
  ensure(room: Room, signal: AbortSignal): Promise<string>;
  /** No room of the booking is there afterwards. */
  remove(bookingId: Uuid, signal: AbortSignal): Promise<void>;
}

export interface RoomsOptions {
  readonly base: string;
  /** Null: the provider asks for none. */
  readonly key: string | null;
  /** How long one request may take, answer included. */
  readonly answerMaxMs?: number;
}

const urlLengthMax = 2_000;

/** People come early, and sessions run over. */
const openBeforeMs = 15 * 60_000;
const openAfterMs = 60 * 60_000;

/** What follows goes into mails and onto pages: an address that only looks like one, or does something else, is none. */
const roomUrl = z
  .string()
  .max(urlLengthMax)
  .regex(/^https?:\/\/[^\s\p{Cc}]+$/iu)
  .refine((url) => URL.canParse(url));

const roomAnswer = z.object({
  url: roomUrl,
  config: z.object({ nbf: z.number().optional(), exp: z.number().optional() }).optional().catch(undefined),
});

export function openRooms({ base, key, answerMaxMs = 10_000 }: RoomsOptions): Rooms {
  const http = roomsHttp(base, key, answerMaxMs);

  return {
    ensure: async (room, signal) => {
      const made = await http('POST', '/rooms', signal, wanted(room));
      return isTaken(made) ? await find(http, room, signal) : urlOf(expected('POST', made));
    },
    remove: async (bookingId, signal) => {
      const removed = await http('DELETE', pathOf(bookingId), signal);
      if (removed.status !== 404) expected('DELETE', removed);
    },
  };
}

/** The room that is there already. Its window is that of an earlier time when the session has moved since. */
async function find(http: RoomsHttp, room: Room, signal: AbortSignal): Promise<string> {
  const found = parsed(expected('GET', await http('GET', pathOf(room.bookingId), signal)));
  const { nbf, exp } = windowOf(room);
  const isOpenInTime = (found.config?.nbf ?? nbf) === nbf && (found.config?.exp ?? exp) === exp;
  if (isOpenInTime) return found.url;
  const properties = { nbf, exp };
  return urlOf(expected('POST', await http('POST', pathOf(room.bookingId), signal, { properties })));
}

function wanted(room: Room): unknown {
  // Public, that is: open to whoever has the address. Both parties have nothing else to show at the door.
  return { name: nameOf(room.bookingId), privacy: 'public', properties: windowOf(room) };
}

/** When the room is open, in seconds as the provider counts. */
function windowOf({ startsAt, endsAt }: Room): { readonly nbf: number; readonly exp: number } {
  return { nbf: Math.floor((startsAt - openBeforeMs) / 1_000), exp: Math.ceil((endsAt + openAfterMs) / 1_000) };
}

function nameOf(bookingId: Uuid): string {
  return `counterfoil-${bookingId}`;
}

function pathOf(bookingId: Uuid): string {
  return `/rooms/${nameOf(bookingId)}`;
}

function isTaken({ status, body }: Answer): boolean {
  return status === 409 || (status === 400 && /already exists/i.test(body));
}

function expected(method: string, answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 299) throw new RoomsError(method, answer);
  return answer;
}

function urlOf(answer: Answer): string {
  return parsed(answer).url;
}

function parsed(answer: Answer): z.infer<typeof roomAnswer> {
  const room = roomAnswer.safeParse(jsonOf(answer.body));
  if (!room.success) throw new Error('the rooms provider answered with something that is no room');
  return room.data;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
