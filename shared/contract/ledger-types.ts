/** The one vocabulary of ledger entries (contract §5, requirements 000-13, 000-14). */
export const creditEntryTypes = [
  'session_payment',
  'session_earning',
  'session_refund',
  'session_refund_reversal',
  'subscription_allocation',
  'purchase',
  'bonus',
  'adjustment',
  'transfer_out',
  'transfer_in',
  'partner_funding',
  'partner_assignment',
  'partner_return',
  'clawback',
  'expiry',
  'debt_repayment',
] as const;

export type CreditEntryType = (typeof creditEntryTypes)[number];

export const pointsEntryTypes = ['earned', 'spent', 'refunded', 'reversed', 'expired', 'adjustment'] as const;

export type PointsEntryType = (typeof pointsEntryTypes)[number];

export type EntryType = CreditEntryType | PointsEntryType;
