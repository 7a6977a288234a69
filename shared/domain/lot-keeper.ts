import { lotIdOf, type Uuid } from './ids.ts';
import { type DatedCredits, isOpen, type Lot, type LotShare, renewedUntil, soonestFirst, totalOf } from './lots.ts';
import type { Account, State } from './state.ts';
import { lotsOf } from './state.ts';

const dayMs = 24 * 3_600_000;

/** The lots of a batch while it is being decided. */
export interface LotBook extends State {
  readonly lots: Map<Uuid, readonly Lot[]>;
}

/** The lots that a batch has to write, each once, in its last state. */
export interface LotChanges {
  readonly lotsOpened: Map<Uuid, Lot>;
  readonly lotsChanged: Map<Uuid, Lot>;
}

/** Carries out on the lots what one operation does. Whatever does not fit is a bug of its decider, and throws. */
export interface LotKeeper {
  /** Takes `amount` out of an account's lots: as `shares` say, or soonest-expiring first. */
  readonly take: (accountId: Uuid, amount: number, shares?: readonly LotShare[]) => void;
  /** Puts back what was taken out of lots; what belongs to one that has ended meanwhile is renewed for a while. */
  readonly giveBack: (accountId: Uuid, shares: readonly LotShare[]) => void;
  readonly open: (accountId: Uuid, credits: readonly DatedCredits[], source: string) => void;
  readonly end: (accountId: Uuid, lotId: Uuid, as: 'expired' | 'voided') => void;
  /** What lots and holds claim of an account must be there. */
  readonly check: (account: Account) => void;
}

/** @param firstOrdinal of the lots that it opens: those before are of earlier parts of the operation */
export function lotKeeper(
  book: LotBook,
  { lotsOpened, lotsChanged }: LotChanges,
  operationId: Uuid,
  firstOrdinal: number,
): LotKeeper {
  let opened = firstOrdinal;

  const insert = (lot: Lot): void => {
    const others = lotsOf(book, lot.accountId).filter(({ id }) => id !== lot.id);
    // Behind those of the same date: among them the oldest is spent first.
    const later = others.findIndex(({ expiresAt }) => expiresAt > lot.expiresAt);
    book.lots.set(lot.accountId, others.toSpliced(later === -1 ? others.length : later, 0, lot));
  };
  const replace = (lot: Lot): void => {
    const lots = lotsOf(book, lot.accountId);
    book.lots.set(
      lot.accountId,
      lots.map((each) => (each.id === lot.id ? lot : each)),
    );
    // A lot opened and changed in one batch is inserted once, as it ended.
    const written = lotsOpened.has(lot.id) ? lotsOpened : lotsChanged;
    written.set(lot.id, lot);
  };
  const nextId = (): Uuid => {
    opened += 1;
    return lotIdOf(operationId, opened - 1);
  };
  const add = (
    id: Uuid,
    credits: Pick<Lot, 'accountId' | 'amount' | 'expiresAt' | 'spendableFrom' | 'source' | 'pot'>,
    originId: Uuid | null,
  ): void => {
    const lot: Lot = {
      id,
      operationId,
      originId: originId ?? id,
      remaining: credits.amount,
      status: 'live',
      ...credits,
    };
    insert(lot);
    lotsOpened.set(id, lot);
  };
  const lotIn = (accountId: Uuid, lotId: Uuid): Lot => {
    const lot = lotsOf(book, accountId).find(({ id }) => id === lotId);
    if (lot === undefined) throw new Error(`lot ${lotId} is not one of account ${accountId}`);
    return lot;
  };
  const change = (lot: Lot, by: number): void => {
    const remaining = lot.remaining + by;
    if (remaining < 0 || remaining > lot.amount) throw new Error(`lot ${lot.id} would come to ${remaining}`);
    replace({ ...lot, remaining });
  };

  return {
    take: (accountId, amount, shares) => {
      const lots = lotsOf(book, accountId);
      for (const share of shares ?? soonestFirst(lots, amount, book.at)) {
        change(lotIn(accountId, share.lotId), -share.amount);
      }
    },
    giveBack: (accountId, shares) => {
      for (const { lotId, amount } of shares) {
        const lot = lotIn(accountId, lotId);
        if (isOpen(lot, book.at)) {
          change(lot, amount);
          continue;
        }
        const expiresAt = renewedUntil(lot, book.at, book.settings.expiryGraceDays * dayMs);
        const { source, pot } = lot;
        add(nextId(), { accountId, amount, expiresAt, spendableFrom: null, source, pot }, lot.originId);
      }
    },
    open: (accountId, credits, source) => {
      for (const { lotId = nextId(), amount, expiresAt, spendableFrom = null, pot = null } of credits) {
        add(lotId, { accountId, amount, expiresAt, spendableFrom, source, pot }, null);
      }
    },
    end: (accountId, lotId, as) => {
      const lot = lotIn(accountId, lotId);
      if (lot.remaining !== 0) throw new Error(`lot ${lotId} ends with ${lot.remaining} left`);
      replace({ ...lot, status: as });
    },
    check: ({ id, balance, held }) => {
      const dated = totalOf(lotsOf(book, id).map(({ remaining }) => ({ amount: remaining })));
      if (dated > balance - held) throw new Error(`account ${id} has ${balance}, holds ${held}, and lots of ${dated}`);
    },
  };
}
