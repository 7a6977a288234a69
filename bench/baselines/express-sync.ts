import express from 'express';
import { z } from 'zod';
import { fingerprintOf } from '../../api/acceptance/fingerprint.ts';
import { bearerTokenOf, createAuthenticator } from '../../api/http/authentication.ts';
import { operationIdOf } from '../../shared/domain/ids.ts';
import { bookingCreate } from '../../shared/operations/booking-create/booking-create.ts';
import { bookingsPath } from '../marketplace.ts';
import { openProcedure } from './stored-procedure.ts';

/*
 * Baseline (c), a process of its own: an Express endpoint that authenticates, validates and books synchronously, with
 * one call of the stored procedure. Token, body and idempotency key go through the same code as ours, so that what
 * differs is what happens to a booking; limits, logs and metrics are left out in its favour.
 */

const environment = z.object({
  DATABASE_URL: z.string(),
  JWT_SECRET: z.string(),
  PORT: z.coerce.number().int(),
  CONNECTIONS: z.coerce.number().int().positive(),
});

const { DATABASE_URL, JWT_SECRET, PORT, CONNECTIONS } = environment.parse(process.env);
const procedure = openProcedure(DATABASE_URL, CONNECTIONS);
const { authenticate } = createAuthenticator({ jwtJwksUrl: null, jwtIssuer: null, jwtAudience: null }, JWT_SECRET);

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/readyz', (_req, res) => {
  res.json({ status: 'ready' });
});
app.post(bookingsPath, express.json({ limit: '100kb' }), async (req, res) => {
  const caller = await authenticate(bearerTokenOf(req.headers.authorization));
  const key = z.string().min(1).max(255).parse(req.headers['idempotency-key']);
  const body: unknown = req.body;
  const { payload, lane } = bookingCreate.submit(caller, body);
  const id = operationIdOf(caller.id, key);
  const outcome = await procedure.book({
    id,
    kind: bookingCreate.kind,
    lane,
    callerId: caller.id,
    callerRoles: caller.roles,
    fingerprint: fingerprintOf('POST', bookingsPath, body),
    payload,
  });
  res.json({ id, kind: bookingCreate.kind, status: 'succeeded', outcome });
});

const server = app.listen(PORT, '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(async () => {
    await procedure.close();
    process.exit(0);
  });
  server.closeIdleConnections();
});
process.once('disconnect', () => process.exit(1));
