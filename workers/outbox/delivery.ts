import type pg from 'pg';
import type { Waiting } from '../../db/lanes.ts';
import { operationsPerJobMax } from '../../shared/contract/queues.ts';
import type { OutgoingKind } from '../../shared/domain/outbox.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Producer } from '../../shared/runtime/queues.ts';
import { wakesOf } from '../../shared/runtime/wakes.ts';
import { type ChannelConfig, type ChannelOptions, openChannels } from './channels.ts';
import { type DelivererOptions, startDeliverer } from './deliverer.ts';

/** What one worker process does outside, after what was decided has been committed. */
export interface Delivery {
  /**
   * Puts operations that have left something to do outside on the `effects` queue; what a customer waits for is looked
   * for at once.
   */
  announce(operations: readonly Waiting[], outgoing: readonly OutgoingKind[]): void;
  /** A job of that queue has come: looks for what is due. */
  wake(): void;
  close(): Promise<void>;
}

export interface DeliveryOptions extends Pick<ChannelOptions, 'stripe'>, Pick<DelivererOptions, 'onRecorded'> {
  readonly pool: pg.Pool;
  readonly producer: Producer;
  readonly config: ChannelConfig & Pick<Config, 'deliveryAttempts' | 'deliveryRetryBaseMs'>;
  readonly log: Logger;
}

/** Nobody waits for a mail by the millisecond: batches of that long share one job. */
const announceEveryMs = 200;

/** Somebody looks at a screen until they are done. */
const promptKinds: ReadonlySet<OutgoingKind> = new Set<OutgoingKind>(['payment.charge', 'payment.refund']);

export function startDelivery({ pool, producer, config, stripe, onRecorded, log }: DeliveryOptions): Delivery {
  const retry = { attempts: config.deliveryAttempts, baseMs: config.deliveryRetryBaseMs };
  const { channels, close } = openChannels({ pool, config, stripe });
  const started = new Map(
    channels.map((channel) => [channel.kind, startDeliverer({ pool, channel, retry, onRecorded, log })]),
  );
  const deliverers = [...started.values()];
  let announced: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  const addJob = (): void => {
    timer = undefined;
    // One is enough to wake everybody up; it need not name all of a crowd.
    const named = announced.slice(0, operationsPerJobMax);
    announced = [];
    const jobs = wakesOf(
      named.map(({ id, kind, userId }) => ({ id, kind, lane: userId, queue: 'effects' as const })),
      ({ id }) => `outbox-${id}`,
    );
    producer.add(jobs).catch((error: unknown) => log.warn({ err: error }, 'no job was added for the outbox'));
  };

  return {
    announce: (operations, outgoing) => {
      if (deliverers.length === 0) return;
      for (const kind of outgoing) if (promptKinds.has(kind)) started.get(kind)?.wake();
      if (announced.length < operationsPerJobMax) announced.push(...operations);
      timer ??= setTimeout(addJob, announceEveryMs);
    },
    wake: () => {
      for (const deliverer of deliverers) deliverer.wake();
    },
    close: async () => {
      clearTimeout(timer);
      await Promise.all(deliverers.map((deliverer) => deliverer.close()));
      close();
    },
  };
}
