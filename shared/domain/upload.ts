import type { Uuid } from './ids.ts';

/** A file of members that a partner has uploaded, and the part of it that this batch is about. */
export interface Upload {
  readonly id: Uuid;
  /** Who uploaded it. */
  readonly callerId: Uuid;
  /** How many rows it has. */
  readonly total: number;
  /** What became of the rows before these. */
  readonly totals: UploadTotals;
  /** The next ones; empty when all are done. */
  readonly rows: readonly UploadRow[];
  /** Users with the verified addresses of these rows, by address in lower case. */
  readonly users: ReadonlyMap<string, Uuid>;
  /** What earlier rows of a dry run would have done for the addresses of these. */
  readonly earlier: ReadonlyMap<string, EarlierRow>;
  /** The first ones of earlier rows; read with the last rows only, when they are told. */
  readonly errors: readonly RowError[];
}

export interface UploadTotals {
  /** Rows that are done. */
  readonly done: number;
  readonly created: number;
  readonly updated: number;
  /** Credits. */
  readonly allocated: number;
  readonly failed: number;
}

/** One row, as it was written. */
export interface UploadRow {
  /** From 0, without the header and empty lines. */
  readonly position: number;
  /** The line in the file; the header is in the first. */
  readonly line: number;
  readonly email: string;
  readonly firstName: string;
  readonly credits: string;
}

export interface EarlierRow {
  readonly created: boolean;
  readonly credits: number;
}

/** What became of a row. */
export interface RowResult {
  readonly position: number;
  readonly result: 'created' | 'updated' | RowCode;
  readonly message: string | null;
  readonly credits: number;
}

export interface RowError {
  readonly row: number;
  readonly email: string;
  readonly code: string;
  readonly message: string;
}

/** Contract §8, and the cap that a partner may have set. */
export type RowCode =
  | 'invalid_email'
  | 'invalid_name'
  | 'invalid_credits'
  | 'member_inactive'
  | 'member_cap_exceeded'
  | 'insufficient_pool';

/** Rows that are decided in one transaction: tens of milliseconds, and some hundred kilobytes of parameters. */
export const rowsPerPart = 500;

/** Errors that the outcome tells; all of them are in the downloadable result. */
export const errorsToldMax = 1_000;
