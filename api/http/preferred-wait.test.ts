import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { preferredWaitOf } from './preferred-wait.ts';

function aRequest(prefer?: string): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  if (prefer !== undefined) req.headers.prefer = prefer;
  return req;
}

it.each([
  [undefined, null],
  ['wait=5', 5],
  ['WAIT = 5', 5],
  ['wait="5"', 5],
  ['respond-async, wait=5', 5],
  ['wait=5; foo=bar', 5],
  ['wait=0', 0],
  ['wait=30', 30],
  ['wait=31', 30],
  ['wait=99999999999999999999', 30],
  ['wait=-1', 0],
  ['wait=', null],
  ['wait=soon', null],
  ['wait=1.5', null],
  ['respond-async', null],
])('reads %s as %s', (prefer, seconds) => {
  expect(preferredWaitOf(aRequest(prefer))).toBe(seconds);
});
