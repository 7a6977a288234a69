import { hash } from 'node:crypto';

/** A UUID in its canonical lower-case text form. */
export type Uuid = string;

/** Names Counterfoil's own UUIDv5 space. Changing it would give every retry in flight a new identity. */
const NAMESPACE = Buffer.from('6f1c1c0e6d7a5c0fb3a1c0de0f11f011', 'hex');

/** What is hashed, the namespace in front: one for all, because two new ones cost more than the hash. */
const hashed = Buffer.alloc(1_024);
const nameAt = NAMESPACE.copy(hashed);
/** Of a UTF-16 unit in UTF-8. */
const unitBytesMax = 3;

/**
 * UUIDv5 (RFC 9562 §5.5) of `name` in Counterfoil's namespace: the same name gives the same id, for ever and in
 * every process, which is what makes a retry write the same rows.
 */
export function derivedId(name: string): Uuid {
  // In one call: a Hash object costs twice as much, and every transfer needs an id.
  const hex = hash('sha1', inNamespace(name), 'hex');
  const variant = '89ab'.charAt('0123456789abcdef'.indexOf(hex.charAt(16)) & 0b11);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function inNamespace(name: string): Buffer {
  if (name.length * unitBytesMax > hashed.length - nameAt) return Buffer.concat([NAMESPACE, Buffer.from(name)]);
  return hashed.subarray(0, nameAt + hashed.write(name, nameAt));
}

/** The id of the operation that `callerId` submits under the idempotency key `key`. */
export function operationIdOf(callerId: Uuid, key: string): Uuid {
  return derivedId(`operation/${callerId}/${key}`);
}

/** The id of the operation of `kind` that the house itself records under `key`. */
export function scheduledIdOf(kind: string, key: string): Uuid {
  return derivedId(`scheduled/${kind}/${key}`);
}

/** The id of the n-th transfer (from 0) of an operation. */
export function transferIdOf(operationId: Uuid, ordinal: number): Uuid {
  return derivedId(`transfer/${operationId}/${ordinal}`);
}

/** The id of the n-th outbox entry (from 0) of an operation. */
export function outgoingIdOf(operationId: Uuid, ordinal: number): Uuid {
  return derivedId(`outbox/${operationId}/${ordinal}`);
}

/** The id of the outbox entry of one step about an order's, or a refund's, money. */
export function paymentStepIdOf(kind: string, subjectId: Uuid): Uuid {
  return derivedId(`${kind}/${subjectId}`);
}

/** The id of the n-th lot (from 0) that an operation opens. */
export function lotIdOf(operationId: Uuid, ordinal: number): Uuid {
  return derivedId(`lot/${operationId}/${ordinal}`);
}

/** The id of the reconciliation item of one subject: however often it fails, it is one item. */
export function reconciliationItemIdOf(category: string, subjectId: string): Uuid {
  return derivedId(`reconciliation/${category}/${subjectId}`);
}

/** For lists of whatever has an id. */
export function idOf({ id }: { readonly id: Uuid }): Uuid {
  return id;
}
