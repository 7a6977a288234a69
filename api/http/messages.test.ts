import { Socket } from 'node:net';
import express from 'express';
import { expect, it } from 'vitest';
import { messagesOf } from './messages.ts';

it('makes messages that are the application’s already, so that Express changes no prototypes', () => {
  const app = express();
  const { IncomingMessage, ServerResponse } = messagesOf(app);
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  expect(Object.getPrototypeOf(req)).toBe(app.request);
  expect(Object.getPrototypeOf(res)).toBe(app.response);
});

it('leaves them all that Express gives them', () => {
  const app = express();
  const { IncomingMessage, ServerResponse } = messagesOf(app);
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  expect(req).toHaveProperty('app', app);
  expect(res).toHaveProperty('redirect');
  expect(res).toBeInstanceOf(ServerResponse);
});
