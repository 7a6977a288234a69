import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { createEndpoint } from '../../db/events/endpoints.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Deliverer, type DelivererOptions, startDeliverer } from '../../workers/events/deliverer.ts';
import { applyAll } from './batches.ts';
import { accept, addPeople, type Marketplace, openMarketplace, silent } from './marketplace.ts';
import type { Request } from './requests.ts';
import { type Heard, startSubscriber, subscriberSecret } from './subscriber.ts';
import { until } from './until.ts';

/** What tests about events share. */

const operator = randomUUID();

/** A marketplace with people in it, and somebody who hears of events. */
export async function openWithSubscriber(people: readonly Uuid[]) {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, people);
  const subscriber = await startSubscriber();
  return { marketplace, subscriber };
}

export function sequencesOf(heard: readonly Heard[], user: string): number[] {
  return heard.filter(({ userId }) => userId === user).map(({ sequence }) => sequence);
}

export function allDelivered(rows: readonly { readonly status: string }[]): boolean {
  return rows.every(({ status }) => status === 'delivered');
}

/** Registers an endpoint whose secret the subscribers of tests know; past the checks of the API. */
export async function register(
  { app }: Pick<Marketplace, 'app'>,
  url: string,
  types: readonly string[] | null = null,
): Promise<Uuid> {
  const id = randomUUID();
  await createEndpoint(app, operator, { id, url, types, secret: subscriberSecret });
  return id;
}

/** Has requests applied, in one batch, without a worker. */
export async function happen(marketplace: Pick<Marketplace, 'app'>, requests: readonly Request[]): Promise<void> {
  await accept(marketplace, requests);
  await applyAll(marketplace.app);
}

/** A deliverer in this process, closed when the test ends. Subscribers may be on this machine unless told otherwise. */
export function startTestDeliverer(
  { app }: Pick<Marketplace, 'app'>,
  options: Partial<DelivererOptions> = {},
): Deliverer {
  const rules = { allowHttp: true, allowPrivate: true };
  const deliverer = startDeliverer({ pool: app, log: silent, rules, retryDays: 3, retentionDays: 30, ...options });
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= deliverer.close());
  onTestFinished(close);
  return { close };
}

export interface DeliveryRow {
  readonly id: Uuid;
  readonly operation_id: Uuid;
  readonly type: string;
  readonly lane: Uuid;
  readonly lane_seq: string;
  readonly status: string;
  readonly attempts: number;
  readonly failures: number;
  readonly due_at: Date | null;
  readonly leased_until: Date | null;
  readonly last_status_code: number | null;
  readonly last_error: string | null;
}

/** Deliveries as they are, by lane and number. */
export async function deliveriesOf({ owner }: { readonly owner: pg.Pool }, endpointId: Uuid): Promise<DeliveryRow[]> {
  const { rows } = await owner.query<DeliveryRow>(
    'select * from event_deliveries where endpoint_id = $1 order by lane, lane_seq',
    [endpointId],
  );
  return rows;
}

/** Waits until the deliveries of an endpoint satisfy `isSo`. */
export function untilDeliveries(
  marketplace: { readonly owner: pg.Pool },
  endpointId: Uuid,
  what: string,
  isSo: (rows: readonly DeliveryRow[]) => boolean,
): Promise<DeliveryRow[]> {
  return until(`deliveries are ${what}`, async () => {
    const rows = await deliveriesOf(marketplace, endpointId);
    return isSo(rows) && rows;
  });
}

/** As if the pauses after failures were over, and the leases of processes that are gone. */
export async function passTime({ owner }: { readonly owner: pg.Pool }): Promise<void> {
  await owner.query(
    `update event_deliveries set due_at = case when due_at is not null then now() end, leased_until = null
     where status = 'pending' and (due_at > now() or leased_until is not null)`,
  );
}
