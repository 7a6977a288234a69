import type { Measure } from './context.ts';
import { medianOf } from './context.ts';
import { bestProcedure, drainAnew } from './drain.ts';
import { planBookingsOfOne } from './marketplace.ts';
import { perSecondText } from './table.ts';

/** Its calls wait for each other's commits: more connections only make the queue longer. */
const procedureConnections = [1, 2, 4, 8];

/** One user books without end: one lane, one account, which everything has to pass one after the other. */
export const hotLane: Measure = {
  name: 'hot-lane',
  run: async (context) => {
    const { marketplace, sizes } = context;
    const plan = (from: number, count: number) => planBookingsOfOne(marketplace, from, count);
    const options = { plan, count: sizes.hotBookings };
    const ours = await medianOf(sizes.repeats, () => drainAnew(context, 1, options));
    context.say(`one hot user: ${perSecondText(ours)}`);
    const procedure = await bestProcedure(context, procedureConnections, options);
    return [
      {
        measure: `${sizes.hotBookings.toLocaleString('en')} bookings of one user, against (a)`,
        ours: perSecondText(ours),
        baseline: `${perSecondText(procedure.result)} (${procedure.setting} connections)`,
        ratio: ours / procedure.result,
        target: { bound: 'at least', value: 3, aim: 5 },
      },
    ];
  },
};
