import { expect, it } from 'vitest';
import { idOf } from '../../tests/support/builders.ts';
import { statementHeader, statementLines } from './statement-csv.ts';

const record = {
  id: idOf('transfer'),
  operationId: idOf('operation'),
  type: 'transfer_in',
  source: 'transfer',
  amount: -5,
  balanceBefore: 12,
  balanceAfter: 7,
  referenceType: null,
  referenceId: null,
  description: null,
  createdAt: new Date(0),
};

function described(description: string): string {
  return statementLines([{ ...record, description }])
    .split(',')
    .slice(9, -1)
    .join(',');
}

it('is a line for each record, with numbers as numbers and nothing for null', () => {
  expect(statementHeader).toBe(
    'id,operationId,type,source,amount,balanceBefore,balanceAfter,referenceType,referenceId,description,createdAt\r\n',
  );
  const line = `${record.id},${record.operationId},transfer_in,transfer,-5,12,7,,,,1970-01-01T00:00:00.000Z\r\n`;
  expect(statementLines([record, record])).toBe(line + line);
  expect(statementLines([])).toBe('');
});

it.each([
  ['=1+2', "'=1+2"],
  ['+41', "'+41"],
  ['-x', "'-x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['for "tea", and\r\nmore', '"for ""tea"", and\r\nmore"'],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
])('neutralises and quotes the description %j', (description, cell) => {
  expect(described(description)).toBe(cell);
});
