import type { BookingWish } from './history-steps.ts';
import { partiesOrNo, priceOrNo } from './naive-slots.ts';
import type { NaiveModel } from './naive-state.ts';

export function keep(model: NaiveModel, id: string, callerId: string, at: number, wish: BookingWish): string | object {
  const parties = partiesOrNo(model, callerId, wish.practitionerId);
  if (typeof parties === 'string') return parties;
  const { practice } = parties;
  const start = new Date(wish.startsAt).getTime();
  const end = start + wish.durationMinutes * 60_000;
  const cost = priceOrNo(model, { ...wish, clientId: callerId, practice, start, end, at });
  if (typeof cost === 'string') return cost;

  const { practitionerId: practitioner } = wish;
  const dies = at + 5 * 60_000;
  model.keeps = model.keeps.filter((kept) => kept.holder !== callerId || kept.practitioner !== practitioner);
  model.keeps.push({ id, holder: callerId, practitioner, start, end, buffer: practice.bufferMinutes, dies });
  return {
    holdId: id,
    practitionerId: practitioner,
    startsAt: new Date(start).toJSON(),
    endsAt: new Date(end).toJSON(),
    expiresAt: new Date(dies).toJSON(),
    creditCost: cost,
  };
}

export function letGo(model: NaiveModel, callerId: string, at: number, holdId: string): string | object {
  const kept = model.keeps.find(({ id, holder, dies }) => id === holdId && holder === callerId && at < dies);
  if (kept === undefined) return 'hold_not_found';
  model.keeps.splice(model.keeps.indexOf(kept), 1);
  return { holdId };
}
