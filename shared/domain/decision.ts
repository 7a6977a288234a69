import type { RejectionCode } from '../contract/rejections.ts';
import type { Effect } from './effects.ts';
import type { JsonObject } from './json.ts';

/** What a decider answers: the effects and the outcome to record, or a business no. Never an exception. */
export type Decision = Applied | Rejected;

export interface Applied {
  readonly status: 'applied';
  readonly effects: readonly Effect[];
  readonly outcome: JsonObject;
}

export interface Rejected {
  readonly status: 'rejected';
  readonly rejection: Rejection;
}

export interface Rejection {
  readonly code: RejectionCode;
  /** For people; the numbers that matter are also in `details`. */
  readonly message: string;
  readonly details: JsonObject;
}

export function applied(outcome: JsonObject, effects: readonly Effect[]): Applied {
  return { status: 'applied', effects, outcome };
}

export function rejected(code: RejectionCode, message: string, details: JsonObject = {}): Rejected {
  return { status: 'rejected', rejection: { code, message, details } };
}
