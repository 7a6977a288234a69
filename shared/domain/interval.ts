/** A stretch of time, epoch ms, half-open: `to` is the first instant after it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}
