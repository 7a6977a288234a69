import type { SortStats } from '../../db/queries/stats.ts';
import { groupedBy } from '../../shared/domain/grouped-by.ts';

/** What became of the operations of each kind. */
export function kindViews(tallies: readonly SortStats[]) {
  return [...groupedBy(tallies, ({ kind }) => kind)].map(([kind, sorts]) => {
    const [succeeded, rejected] = [sum(sorts, 'succeeded'), sum(sorts, 'rejected')];
    return {
      kind,
      accepted: sum(sorts, 'accepted'),
      succeeded,
      rejected,
      reconciling: sum(sorts, 'reconciling'),
      resolved: sum(sorts, 'resolved'),
      successRate: ratio(succeeded, succeeded + rejected),
      rejectionRate: ratio(rejected, succeeded + rejected),
    };
  });
}

/** What became of the bookings between practitioners, and how many of all they are. */
export function peerView(tallies: readonly SortStats[], cancelled: number) {
  const bookings = tallies.filter(({ kind }) => kind === 'booking.create');
  const peers = bookings.filter(({ peer }) => peer);
  const [succeeded, rejected] = [sum(peers, 'succeeded'), sum(peers, 'rejected')];
  return {
    submitted: sum(peers, 'accepted'),
    succeeded,
    rejected,
    successRate: ratio(succeeded, succeeded + rejected),
    rejectionRate: ratio(rejected, succeeded + rejected),
    shareOfBookings: ratio(succeeded, sum(bookings, 'succeeded')),
    cancellationRate: ratio(cancelled, succeeded),
  };
}

function sum(tallies: readonly SortStats[], name: 'accepted' | 'succeeded' | 'rejected' | 'reconciling' | 'resolved') {
  return tallies.reduce((total, tally) => total + tally[name], 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}
