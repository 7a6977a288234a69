import type { RejectionCode } from '../contract/rejections.ts';
import type { Effect } from './effects.ts';
import type { JsonObject } from './json.ts';
import type { Rejection } from './rejection.ts';

/** What a decider answers: the effects and the outcome to record, or a business no. Never an exception. */
export type Decision = Applied | Rejected;

export interface Applied {
  readonly status: 'applied';
  readonly effects: readonly Effect[];
  /** Of a part that is not the last: what it has come to so far. */
  readonly outcome: JsonObject;
  /** Of an operation that is applied in several transactions, one after the other. */
  readonly part?: Part;
  /**
   * It waits for something outside, and has no outcome yet: a later operation finishes it. Its lane goes on; `outcome` is
   * what can be told meanwhile.
   */
  readonly isAwaiting?: true;
}

export interface Part {
  /** What transfers and outbox entries are numbered from, so that those of two parts differ. */
  readonly firstOrdinal: number;
  /** With it the operation is settled; until then it stays at the head of its lane. */
  readonly isLast: boolean;
}

/** It cannot be applied now, which is neither the caller's fault nor a bug: a person decides when it can. */
export interface Deferred {
  readonly status: 'deferred';
  readonly reason: string;
}

export interface Rejected {
  readonly status: 'rejected';
  readonly rejection: Rejection;
}

export function applied(outcome: JsonObject, effects: readonly Effect[]): Applied {
  return { status: 'applied', effects, outcome };
}

/** Applied so far; a later operation finishes it. `progress` is shown meanwhile. */
export function awaiting(progress: JsonObject, effects: readonly Effect[]): Applied {
  return { status: 'applied', effects, outcome: progress, isAwaiting: true };
}

export function deferred(reason: string): Deferred {
  return { status: 'deferred', reason };
}

export function appliedInPart(outcome: JsonObject, effects: readonly Effect[], part: Part): Applied {
  return { status: 'applied', effects, outcome, part };
}

export function rejected(code: RejectionCode, message: string, details: JsonObject = {}): Rejected {
  return { status: 'rejected', rejection: { code, message, details } };
}
