import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import { endpointItemKind, openItem } from '../reconciliation.ts';

export interface EndpointFailure {
  readonly endpointId: Uuid;
  readonly url: string;
  readonly error: string;
  readonly attempts: number;
}

/** Has a person look at an endpoint that was disabled; one endpoint has one item, however often that happens. */
export async function openEndpointItem(tx: Tx, { endpointId, url, error, attempts }: EndpointFailure): Promise<void> {
  const summary = `the event endpoint ${new URL(url).host} was disabled`;
  const item = { category: 'effect', subjectId: endpointId, kind: endpointItemKind } as const;
  await openItem(tx, { ...item, summary, error, attempts });
}
