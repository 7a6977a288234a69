import type { RejectionCode } from '../contract/rejections.ts';
import type { JsonObject } from './json.ts';

/** A business no, as it is recorded. */
export interface Rejection {
  readonly code: RejectionCode;
  /** For people; the numbers that matter are also in `details`. */
  readonly message: string;
  readonly details: JsonObject;
}
