import { describe, expect, it } from 'vitest';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  giveCredits,
  holdingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { allocation, booking, cancellation, submissionOf, transfer } from '../../support/requests.ts';

/* Booking, paying, cancelling and refunding, from the request to the ledger. */

const [ann, bob, cyd, theo] = [idOf('ann'), idOf('bob'), idOf('cyd'), idOf('theo')];

async function entriesOf({ owner }: Marketplace, id: string) {
  const { rows } = await owner.query<{ type: string; amount: number; before: number }>(
    `select case when debit_account = $1 then debit_type else credit_type end as type,
            (case when debit_account = $1 then -amount else amount end)::int as amount,
            (case when debit_account = $1 then debit_before else credit_before end)::int as before
     from transfers where $1 in (debit_account, credit_account) order by seq`,
    [id],
  );
  return rows.map(({ type, amount, before }) => `${type} ${amount} on ${before}`);
}

describe.each(backends)('on $name', (backend) => {
  it('moves the price with the booking, and back with the cancellation; then the slot is free again (000-01, 000-31, 001-13, 001-16, 001-52, 001-53, 002-27, 002-31, 002-32)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, cyd]);
    await addPractitioners(marketplace, [theo]);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [ann, cyd], 25);

    const first = booking(ann, theo, 9);
    const { id } = submissionOf(first);
    const [booked] = await settled(marketplace, await submit(marketplace, [first]));
    expect(booked?.outcome).toMatchObject({
      bookingId: id,
      peer: false,
      creditCost: 10,
      balanceBefore: 25,
      balanceAfter: 15,
    });
    expect(await endings(marketplace, [booking(cyd, theo, 9)])).toEqual(['slot_taken']);

    const cancel = { ...cancellation(ann, id), payload: { bookingId: id, reason: 'a cold' } };
    const [cancelled] = await settled(marketplace, await submit(marketplace, [cancel]));
    expect(cancelled?.outcome).toEqual({ bookingId: id, refundedCredits: 10, cancelledBy: 'client' });
    expect(await endings(marketplace, [cancellation(ann, id), cancellation(theo, id)])).toEqual([
      'already_cancelled',
      'already_cancelled',
    ]);
    expect(await endings(marketplace, [booking(cyd, theo, 9)])).toEqual(['succeeded']);

    const { rows } = await marketplace.owner.query(
      'select status, refunded_credits, cancellation_reason from bookings where id = $1',
      [id],
    );
    expect(rows).toEqual([{ status: 'cancelled', refunded_credits: '10', cancellation_reason: 'a cold' }]);
    expect(await entriesOf(marketplace, ann)).toEqual([
      'bonus 25 on 0',
      'session_payment -10 on 25',
      'session_refund 10 on 15',
    ]);
    expect(await violations(marketplace)).toEqual({});
  });

  it('makes the client whole when the practitioner has spent what they earned, who repays from the next income (001-05, 001-15, 001-46)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPractitioners(marketplace, [ann, bob]);
    await addPeople(marketplace, [cyd]);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [ann], 10);

    const session = booking(ann, bob, 9);
    expect(await endings(marketplace, [session])).toEqual(['succeeded']);
    expect(await endings(marketplace, [transfer(bob, cyd, 7)])).toEqual(['succeeded']);
    const [cancelled] = await settled(
      marketplace,
      await submit(marketplace, [cancellation(bob, submissionOf(session).id)]),
    );
    expect(cancelled?.outcome).toMatchObject({ refundedCredits: 10, cancelledBy: 'practitioner' });
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 10, debt: 0 });
    expect(await holdingsOf(marketplace, bob)).toEqual({ balance: 0, debt: 7 });

    const [partly] = await settled(marketplace, await submit(marketplace, [allocation(bob, 5)]));
    expect(partly?.outcome).toEqual({ balanceAfter: 0 });
    expect(await holdingsOf(marketplace, bob)).toEqual({ balance: 0, debt: 2 });
    expect(await endings(marketplace, [transfer(cyd, bob, 7)])).toEqual(['succeeded']);
    expect(await holdingsOf(marketplace, bob)).toEqual({ balance: 5, debt: 0 });
    expect(await entriesOf(marketplace, bob)).toEqual([
      'session_earning 10 on 0',
      'transfer_out -7 on 10',
      'session_refund_reversal -3 on 3',
      'bonus 5 on 0',
      'debt_repayment -5 on 5',
      'transfer_in 7 on 0',
      'debt_repayment -2 on 7',
    ]);
    expect(await violations(marketplace)).toEqual({});
  });

  it('lets both parties of a session cancel it, and nobody else know of it (001-08, 001-09, 001-10, 001-11, 001-12)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPractitioners(marketplace, [ann, bob, theo]);
    await addPeople(marketplace, [cyd]);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [ann], 20);
    const [one, two] = [booking(ann, bob, 9), booking(ann, bob, 10)];
    expect(await endings(marketplace, [one, two])).toEqual(['succeeded', 'succeeded']);
    const [oneId, twoId] = [submissionOf(one).id, submissionOf(two).id];
    expect(
      await endings(
        marketplace,
        [cyd, theo].map((id) => cancellation(id, oneId)),
      ),
    ).toEqual(['booking_not_found', 'booking_not_found']);
    expect(await endings(marketplace, [cancellation(ann, oneId), cancellation(bob, twoId)])).toEqual([
      'succeeded',
      'succeeded',
    ]);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 20, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });

  it('rejects what the directory rules out, and moves nothing (001-25, 001-26, 001-28, 001-29, 001-30, 001-44)', async () => {
    const marketplace = await openMarketplace({ backend });
    const [deleted, inactive, closed] = [idOf('deleted'), idOf('inactive'), idOf('closed')];
    await addPeople(marketplace, [ann, cyd]);
    await addPractitioners(marketplace, [theo, deleted, inactive]);
    await addPractitioners(marketplace, [closed], { availability: [] });
    await marketplace.owner.query('update users set deleted_at = now() where id = $1', [deleted]);
    await marketplace.owner.query('update users set active = false where id = any($1)', [[inactive, cyd]]);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [ann, cyd, theo], 5);
    const requests = [
      booking(ann, idOf('nobody'), 9),
      booking(ann, deleted, 9),
      booking(ann, inactive, 9),
      booking(idOf('nobody'), theo, 9),
      booking(cyd, theo, 9),
      booking(theo, theo, 9),
      booking(ann, theo, -100),
      booking(ann, closed, 9),
      booking(ann, theo, 9),
    ];
    expect(await endings(marketplace, requests)).toEqual([
      'practitioner_not_found',
      'practitioner_not_found',
      'practitioner_inactive',
      'client_not_found',
      'client_inactive',
      'self_booking',
      'starts_in_past',
      'outside_availability',
      'insufficient_credits',
    ]);
    const { rows } = await marketplace.owner.query('select count(*)::int as n from bookings');
    expect(rows).toEqual([{ n: 0 }]);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 5, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });
});
