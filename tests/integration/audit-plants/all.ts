import { bookingPlants } from './bookings.ts';
import { eventPlants } from './events.ts';
import { lanePlants } from './lanes.ts';
import { ledgerPlants } from './ledger.ts';
import { lotPlants } from './lots.ts';
import { partnerPlants } from './partners.ts';
import { paymentPlants } from './payments.ts';
import type { Plants } from './plants.ts';
import { shopPlants } from './shops.ts';
import { slotPlants } from './slots.ts';

/** The plants of every subject. A list, so that a check in two of them is seen. */
export const plants: readonly Plants[] = [
  ledgerPlants,
  lotPlants,
  bookingPlants,
  slotPlants,
  partnerPlants,
  lanePlants,
  eventPlants,
  paymentPlants,
  shopPlants,
];
