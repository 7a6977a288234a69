import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clientCount, demoIds, practitionerCount } from '../../db/demo-directory.ts';
import { customerCount, demoOwners, demoShops } from '../../db/demo-shops.ts';
import { seedDemo } from '../../db/seed.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function counts() {
  const { rows } = await client.query(`select (select count(*)::int from users) as users,
    (select count(*)::int from practitioners) as practitioners,
    (select count(distinct time_zone)::int from practitioners) as zones,
    (select count(*)::int from vendors) as vendors,
    (select count(*)::int from products) as products,
    (select coalesce(sum(available), 0)::int from products) as pieces,
    (select count(*)::int from stock_movements) as movements,
    (select count(*)::int from operations) as operations`);
  return rows[0];
}

const products = demoShops().flatMap((shop) => shop.products);

it('puts the demo in once, however often and by how many it is asked to', async () => {
  await Promise.all([seedDemo(database.url, () => {}), seedDemo(database.url, () => {})]);
  await seedDemo(database.url, () => {});
  expect(await counts()).toEqual({
    users: clientCount + practitionerCount + 2 + demoOwners().length,
    practitioners: practitionerCount,
    zones: 10,
    vendors: demoShops().length,
    products: products.length,
    pieces: products.reduce((sum, { entry }) => sum + (entry.stock ?? 0), 0),
    movements: products.filter(({ entry }) => entry.stock !== 0).length,
    operations: practitionerCount + clientCount - clientCount / 20 + customerCount,
  });
});

it('completes what was interrupted, without giving anything twice', async () => {
  await seedDemo(database.url, () => {});
  const complete = await counts();
  await client.query(`delete from seeds`);
  await client.query(`delete from practitioners where id = $1`, [demoIds.practitioner]);
  await seedDemo(database.url, () => {});
  expect(await counts()).toEqual(complete);
});

it('leaves alone what people made of it afterwards', async () => {
  await seedDemo(database.url, () => {});
  await client.query(`update users set first_name = 'Changed' where id = $1`, [demoIds.client]);
  await seedDemo(database.url, () => {});
  const { rows } = await client.query(`select first_name from users where id = $1`, [demoIds.client]);
  expect(rows).toEqual([{ first_name: 'Changed' }]);
});

it('puts shops into a database that had the demo before there were any', async () => {
  await seedDemo(database.url, () => {});
  const complete = await counts();
  await client.query(`truncate products, vendors, stock_movements, order_refunds, orders, order_items cascade`);
  await client.query(`delete from seeds where name = 'demo-shops-1'`);
  await seedDemo(database.url, () => {});
  expect(await counts()).toEqual(complete);
});
