import { z } from 'zod';
import { amountMax, emailLengthMax, nameLengthMax, text } from '../../contract/wire.ts';
import type { RowCode, UploadRow } from '../../domain/upload.ts';

/** A row that says what it should. */
export interface MemberRow {
  readonly email: string;
  readonly firstName: string;
  readonly credits: number;
}

/** Why a row does not. */
export interface BadRow {
  readonly code: RowCode;
  readonly message: string;
}

const email = z.email().max(emailLengthMax);
const firstName = text(nameLengthMax).min(1);
const wholeNumber = /^\d{1,15}$/;

/** What a row asks for, as far as it can be told from the row alone; the first thing that is wrong is the answer. */
export function readRow(row: Pick<UploadRow, 'email' | 'firstName' | 'credits'>): MemberRow | BadRow {
  if (!email.safeParse(row.email).success) return { code: 'invalid_email', message: 'The address is not valid.' };
  if (!firstName.safeParse(row.firstName).success)
    return { code: 'invalid_name', message: `The first name must have 1 to ${nameLengthMax} characters.` };
  const credits = wholeNumber.test(row.credits) ? Number(row.credits) : Number.NaN;
  if (!(credits <= amountMax))
    return { code: 'invalid_credits', message: `Credits must be a whole number from 0 to ${amountMax}.` };
  return { email: row.email, firstName: row.firstName, credits };
}
