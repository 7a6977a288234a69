import { type Measure, middleOf, repeated } from './context.ts';
import { bestConnections, drainAnew, drainByProcedure } from './drain.ts';
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
    const setting = await bestConnections(context, procedureConnections, options);
    const rounds = await repeated(sizes.repeats, async () => {
      const ours = await drainAnew(context, 1, options);
      const theirs = await drainByProcedure(context, setting, options);
      context.say(`one hot user: ${perSecondText(ours)}, (a): ${perSecondText(theirs)}`);
      return { ours, theirs };
    });
    const { ours, theirs } = middleOf(rounds);
    return [
      {
        measure: `${sizes.hotBookings.toLocaleString('en')} bookings of one user, against (a)`,
        ours: perSecondText(ours),
        baseline: `${perSecondText(theirs)} (${setting} connections)`,
        ratio: ours / theirs,
        target: { bound: 'at least', value: 3, aim: 5 },
      },
    ];
  },
};
