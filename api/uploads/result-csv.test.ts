import { expect, it } from 'vitest';
import { resultLine } from './result-csv.ts';

const row = {
  position: 0,
  line: 2,
  email: 'a@b.test',
  firstName: 'Ann',
  credits: '5',
  result: 'created',
  message: null,
};

it.each([
  [{}, '2,a@b.test,Ann,5,created,\n'],
  [{ result: null }, '2,a@b.test,Ann,5,,\n'],
  [{ firstName: 'A "B", C\nD' }, '2,a@b.test,"A ""B"", C\nD",5,created,\n'],
  [{ email: '=cmd|x', firstName: '+1', credits: '-5' }, "2,'=cmd|x,'+1,'-5,created,\n"],
  [{ email: '@SUM(A1)', firstName: '\tx', credits: '\rx' }, "2,'@SUM(A1),'\tx,\"'\rx\",created,\n"],
])('writes %j as text, never as a formula', (changes, line) => {
  expect(resultLine({ ...row, ...changes })).toBe(line);
});
