import type { Effect, OperationFinished } from '../domain/effects.ts';
import type { JsonObject } from '../domain/json.ts';
import { balanceAfter, balanceOf } from '../domain/ledger.ts';
import type { LotShare } from '../domain/lots.ts';
import { bonusFor } from '../domain/loyalty.ts';
import { earn, holdOf, releaseHold, spend, takePoints } from '../domain/points.ts';
import type { Rejection } from '../domain/rejection.ts';
import { type LoyaltyStatus, type Order, orderNumberOf, pointsOf } from '../domain/shop.ts';
import { historyOf, type State } from '../domain/state.ts';

/*
 * Steps of an order's life that more than one kind takes.
 */

/** Sets the points aside that an order redeems. */
export function holdPoints(state: State, order: Order): { readonly lots: LotShare[]; readonly effects: Effect[] } {
  if (order.pointsRedeemed === 0) return { lots: [], effects: [] };
  const { lots, before } = takePoints(state, pointsOf(order), order.pointsRedeemed);
  return { lots: [...lots], effects: [...before, { type: 'hold-placed', hold: holdOf(order), takes: lots }] };
}

/** Gives back the points that are set aside for an order. */
export function releasePoints(state: State, order: Order): Effect[] {
  return order.hold === 'live' ? releaseHold(state, order) : [];
}

export interface SettledPoints {
  readonly effects: readonly Effect[];
  readonly loyalty: LoyaltyStatus;
  /** The customer's ledger balance then. */
  readonly balance: number;
}

/**
 * What was redeemed leaves and what was earned comes, in this order (004-13): points of an order cannot fund the same
 * order. `takes`: none when a hold has taken them out of their lots before.
 */
export function settlePoints(state: State, order: Order, takes: readonly LotShare[]): SettledPoints {
  const accountId = pointsOf(order);
  const effects = [...spend(order, takes), ...earn(state, order, order.pointsEarned)];
  const loyalty = effects.length === 0 ? 'none' : 'settled';
  return { effects, loyalty, balance: balanceAfter(state, accountId, effects) };
}

/** The same, of an order whose points are set aside. */
export function capturePoints(state: State, order: Order): SettledPoints {
  const settled = settlePoints(state, order, []);
  if (order.hold !== 'live') return settled;
  const captured: Effect = { type: 'hold-ended', hold: holdOf(order), as: 'captured', returns: [] };
  return { ...settled, effects: [captured, ...settled.effects] };
}

/** What an order earns that is paid now, with the bonus of a first one. */
export function earnedWhenPaid(state: State, order: Order): number {
  return order.pointsEarned + bonusFor(order.rules, historyOf(state, pointsOf(order)));
}

/** What a checkout has come to (contract §3). */
export function orderOutcome(order: Order, pointsBalance: number): JsonObject {
  return { pointsBalance, ...orderProgress(order), status: 'paid' };
}

/** What of a checkout can be told before it is paid. */
export function orderProgress(order: Order): JsonObject {
  const { id, status, subtotalMinor, discountMinor, totalMinor, currency, pointsRedeemed, pointsEarned } = order;
  const amounts = { subtotalMinor, discountMinor, totalMinor, currency };
  return { orderId: id, orderNumber: orderNumberOf(id), status, ...amounts, pointsRedeemed, pointsEarned };
}

type Result = Exclude<OperationFinished['result'], { readonly status: 'processing' }>;

/** What the operation that made the order answers, as the order stands; null: not yet. */
export function orderResult(state: State, order: Order): Result | null {
  if (order.status === 'awaiting_payment' || order.loyalty === 'due') return null;
  if (order.status === 'payment_failed') return { status: 'rejected', rejection: paymentFailed('unknown') };
  return { status: 'succeeded', outcome: orderOutcome(order, balanceOf(state, pointsOf(order))) };
}

export function paymentFailed(declineCode: string): Rejection {
  return { code: 'payment_failed', message: messageOf(declineCode), details: { declineCode } };
}

function messageOf(declineCode: string): string {
  return declineCode === 'expired' ? 'The payment was not made in time.' : `The payment failed: ${declineCode}.`;
}
