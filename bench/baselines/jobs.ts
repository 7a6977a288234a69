import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { PlannedBooking } from '../marketplace.ts';

export const jobQueueName = 'bench-bookings';

/** One job for each booking, added in bulk; finished ones are not kept, which spares the worker some work. */
export async function enqueueEach(redisUrl: string, planned: readonly PlannedBooking[]): Promise<void> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(jobQueueName, { connection });
  try {
    await queue.addBulk(
      planned.map(({ id }) => ({
        name: 'booking.create',
        data: { operationId: id },
        opts: { jobId: id, removeOnComplete: true },
      })),
    );
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
