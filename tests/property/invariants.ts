import { house, isHouse, poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import type { PostedTransfer } from '../../shared/domain/changes.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { overdueOf } from '../../shared/domain/lots.ts';
import type { Booking } from '../../shared/domain/state.ts';
import type { World } from '../support/world.ts';

/** What must be true of the tables at `at`, when every credit came through the ledger; each violation as a line. */
export function violationsOf(world: World, at: number): string[] {
  return [
    ...ledgerViolations(world),
    ...debtViolations(world, at),
    ...paymentViolations(world),
    ...poolViolations(world),
    ...lotViolations(world),
    ...overlaps(world),
  ];
}

function ledgerViolations({ accounts, transfers, holds }: World): string[] {
  const found: string[] = [];
  const sums = new Map<Uuid, number>();

  const post = (account: Uuid, amount: number, before: number | null) => {
    const sum = sums.get(account) ?? 0;
    if (isHouse(account) ? before !== null : before !== sum) found.push(`${account} was at ${sum}, not ${before}`);
    sums.set(account, sum + amount);
    if (sum + amount < 0 && !isHouse(account)) found.push(`${account} falls to ${sum + amount}`);
  };
  for (const { debit, credit, amount, debitBefore, creditBefore } of transfers) {
    if (amount <= 0) found.push(`a transfer of ${amount}`);
    post(debit, -amount, debitBefore);
    post(credit, amount, creditBefore);
  }

  for (const { id, balance, held } of accounts.values()) {
    if (balance !== (sums.get(id) ?? 0)) found.push(`${id} has ${balance}, its transfers sum to ${sums.get(id)}`);
    if (balance < held) found.push(`${id} holds ${held} of ${balance}`);
    const live = [...holds.values()].filter((hold) => hold.accountId === id && hold.status === 'live');
    const claimed = live.reduce((sum, { amount }) => sum + amount, 0);
    if (held !== claimed) found.push(`${id} holds ${held}, its holds sum to ${claimed}`);
  }
  const total = [...sums.values()].reduce((sum, balance) => sum + balance, 0);
  if (total !== 0) found.push(`all accounts sum to ${total}`);
  if (new Set(transfers.map(({ id }) => id)).size !== transfers.length) found.push('two transfers share an id');
  return found;
}

/** Debts are what the house advanced and has not got back, and nobody has both debt and something to spend. */
function debtViolations({ accounts, transfers, lots }: World, at: number): string[] {
  const found: string[] = [];
  const debts = new Map<Uuid, number>();
  for (const { debtor, debit, credit, amount } of transfers) {
    if (debtor === null) {
      if (debit === house.advances || credit === house.advances) found.push('an advance without a debtor');
      continue;
    }
    const change = debit === house.advances ? amount : -amount;
    debts.set(debtor, (debts.get(debtor) ?? 0) + change);
  }
  for (const { id, debt, balance, held } of accounts.values()) {
    if (debt !== (debts.get(id) ?? 0)) found.push(`${id} owes ${debt}, the ledger says ${debts.get(id)}`);
    const own = [...lots.values()].filter(({ accountId }) => accountId === id);
    const spendable = balance - held - overdueOf(own, at);
    if (debt > 0 && spendable > 0) found.push(`${id} owes ${debt} and could spend ${spendable}`);
    if (debt < 0) found.push(`${id} owes ${debt}`);
  }
  return found;
}

/** What was paid for a booking and not given back is what it says, or held until it is over; refunded only if it may be. */
function paymentViolations({ bookings, transfers, holds }: World): string[] {
  return [...bookings.values()].flatMap((booking) => {
    const { id, clientId, practitionerId, peer, creditCost, refundedCredits, status, settlement } = booking;
    const own = transfers.filter(({ reference }) => reference?.id === id);
    const payments = own.filter(({ debitType }) => debitType === 'session_payment');
    const refunds = own.filter(({ creditType }) => creditType === 'session_refund');
    const earner = peer ? practitionerId : house.revenue;
    const hold = holds.get(id);
    const due = settlement === 'on_completion' && status === 'booked' ? 0 : creditCost - refundedCredits;
    return [
      sumOf(payments) - sumOf(refunds) === due ? [] : [`${id} is due ${due}, was paid ${sumOf(payments)}`],
      settlement === 'at_booking' || (payments.length <= 1 && refunds.length === 0) ? [] : [`${id} was paid too early`],
      payments.every(({ debit, credit }) => debit === clientId && credit === earner) ? [] : [`${id} was paid astray`],
      refunds.every(({ credit }) => credit === clientId) ? [] : [`${id} was refunded to somebody else`],
      status === 'cancelled' || booking.noShow === 'practitioner' || refundedCredits === 0
        ? []
        : [`${id} is ${status} and refunded`],
      refundedCredits <= creditCost ? [] : [`${id} refunded more than it cost`],
      (status === 'cancelled') === (booking.cancellation !== null) ? [] : [`${id} is cancelled without a word`],
      isHeld(booking) === (hold?.status === 'live') ? [] : [`${id} is ${status}, its hold ${hold?.status}`],
      !isHeld(booking) || hold?.amount === creditCost ? [] : [`${id} costs ${creditCost}, held ${hold?.amount}`],
      (hold?.status === 'captured') === (hold !== undefined && payments.length > 0)
        ? []
        : [`${id} was paid ${payments.length} times, its hold ${hold?.status}`],
    ].flat();
  });
}

/** Whether its cost has to be set aside. */
function isHeld({ settlement, status, creditCost }: Booking): boolean {
  return settlement === 'on_completion' && status === 'booked' && creditCost > 0;
}

/** What was put into a pool is in it or with a member, or came back; what waits for an account is what is open. */
function poolViolations({ partners, members, accounts, lots }: World): string[] {
  return [...partners.values()].flatMap(({ id, funded, expired }) => {
    const own = [...members.values()].filter(({ partnerId }) => partnerId === id);
    const given = own.flatMap(({ assignments }) => assignments);
    const out = given.reduce((sum, { amount, returned }) => sum + amount - returned, 0);
    const available = accounts.get(poolOf(id))?.balance ?? 0;
    const waiting = own
      .flatMap(({ userId, assignments }) => (userId === null ? assignments : []))
      .reduce((sum, { amount, status }) => sum + (status === 'open' ? amount : 0), 0);
    const unclaimed = accounts.get(unclaimedOf(id))?.balance ?? 0;
    const forfeited = given.reduce((sum, assignment) => sum + assignment.expired, 0);
    const beyond = given.filter((assignment) => {
      const own = [...lots.values()].filter(({ originId }) => originId === assignment.id);
      const unspent = own.reduce((sum, { remaining }) => sum + remaining, 0);
      return assignment.returned + assignment.expired + unspent > assignment.amount;
    });
    return [
      expired === forfeited ? [] : [`${id} has lost ${expired}, its members ${forfeited}`],
      beyond.map((assignment) => `more is left of assignment ${assignment.id} than it was of`),
      funded === available + out ? [] : [`${id} was given ${funded}, has ${available} and gave ${out}`],
      waiting === unclaimed ? [] : [`${id} keeps ${unclaimed} for ${waiting}`],
    ].flat();
  });
}

/** Lots never have more than their account can spend, or than they were opened with. */
function lotViolations({ accounts, lots }: World): string[] {
  const all = [...lots.values()];
  const beyond = [...accounts.values()].flatMap(({ id, balance, held }) => {
    const dated = all.filter(({ accountId }) => accountId === id).reduce((sum, { remaining }) => sum + remaining, 0);
    return dated > balance - held ? [`${id} has ${balance}, holds ${held}, and lots of ${dated}`] : [];
  });
  const broken = all.flatMap(({ id, amount, remaining, status }) => [
    ...(remaining < 0 || remaining > amount ? [`lot ${id} of ${amount} has ${remaining}`] : []),
    ...(status !== 'live' && remaining > 0 ? [`lot ${id} is ${status} with ${remaining} left`] : []),
  ]);
  return [...beyond, ...broken];
}

function overlaps({ bookings }: World): string[] {
  const live = [...bookings.values()].filter(({ status }) => status !== 'cancelled');
  return live.flatMap((one, index) =>
    live
      .slice(index + 1)
      .filter((other) => collide(one, other))
      .map((other) => `${one.id} and ${other.id} collide`),
  );
}

function collide(one: Booking, other: Booking): boolean {
  const overlap = one.startsAt < other.endsAt && other.startsAt < one.endsAt;
  const inBuffer = one.startsAt < other.bufferedUntil && other.startsAt < one.bufferedUntil;
  const partiesOf = ({ clientId, practitionerId }: Booking) => [clientId, practitionerId];
  const share = partiesOf(one).some((party) => partiesOf(other).includes(party));
  return (share && overlap) || (one.practitionerId === other.practitionerId && inBuffer);
}

function sumOf(transfers: readonly PostedTransfer[]): number {
  return transfers.reduce((sum, { amount }) => sum + amount, 0);
}
