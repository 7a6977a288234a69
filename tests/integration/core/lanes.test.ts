import { expect, it } from 'vitest';
import { withTransaction } from '../../../db/client.ts';
import { lanesWithWork, openLanes, type ReadLimits } from '../../../db/lanes.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { idOf } from '../../support/builders.ts';
import { accept, addPeople, type Marketplace, meanwhile, openMarketplace } from '../../support/marketplace.ts';
import { allocation, submissionOf } from '../../support/requests.ts';

/* What a batch takes of the lanes that it was woken for. */

const [ann, bob, eve, kim, nobody] = [idOf('ann'), idOf('bob'), idOf('eve'), idOf('kim'), idOf('nobody')];
const everybody = [nobody, kim, eve, bob, ann];

/** Three operations wait for each; all of Eve's and Kim's are settled, of Kim's one is to be applied again. */
async function withWaiting(): Promise<Marketplace> {
  const marketplace = await openMarketplace();
  const people = [ann, bob, eve, kim];
  await addPeople(marketplace, people);
  const requests = people.flatMap((id) => [1, 2, 3].map((amount) => allocation(id, amount)));
  await accept(marketplace, requests);
  const again = requests.map(submissionOf).filter(({ lane }) => lane === kim)[1];
  await marketplace.owner.query('update lane_heads set settled_seq = 3 where id = any($1)', [[eve, kim]]);
  await marketplace.owner.query('update lane_heads set replays = array[$2::uuid] where id = $1', [kim, again?.id]);
  return marketplace;
}

/** Whose lanes are opened, and how many operations are read of each. */
function opened({ app }: Marketplace, ids: readonly Uuid[], most: ReadLimits): Promise<Map<Uuid, number>> {
  return withTransaction(app, async ({ client }) => {
    const { lanes, waiting } = await openLanes(client, ids, most);
    return new Map(lanes.map(({ id }) => [id, waiting.get(id)?.length ?? 0]));
  });
}

it('opens lanes in which something waits, and that nobody holds', async () => {
  const marketplace = await withWaiting();
  const all = { perLane: 100, inAll: 100 };
  expect(await opened(marketplace, everybody, all)).toEqual(
    new Map([
      [ann, 3],
      [bob, 3],
      [kim, 0], // what is to be applied again is not yet
    ]),
  );
  expect((await lanesWithWork(marketplace.app, everybody)).sort()).toEqual([ann, bob, kim].sort());
  await meanwhile(marketplace, async (other) => {
    await other.query('select from lane_heads where id = $1 for no key update', [bob]);
    expect([...(await opened(marketplace, everybody, all)).keys()].sort()).toEqual([ann, kim].sort());
  });
});

it('reads so many of each lane, and of all together', async () => {
  const marketplace = await withWaiting();
  expect(await opened(marketplace, [ann, bob], { perLane: 2, inAll: 100 })).toEqual(
    new Map([
      [ann, 2],
      [bob, 2],
    ]),
  );
  const cut = await opened(marketplace, [ann, bob], { perLane: 100, inAll: 4 });
  expect([...cut.values()].toSorted()).toEqual([1, 3]);
  const isCutAt = (inAll: number) =>
    withTransaction(marketplace.app, async ({ client }) => {
      return (await openLanes(client, [ann, bob], { perLane: 100, inAll })).isCut;
    });
  expect([await isCutAt(6), await isCutAt(7)]).toEqual([true, false]);
});
