import { defineRoute, nothing, type Route } from '../http/route.ts';
import type { Operators } from '../operators.ts';
import { auditSchema, auditView } from '../representations/operators.ts';

export function auditRoutes({ operators }: { readonly operators: Operators }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/audit',
      tag: 'Operators',
      summary: 'Check the invariants of the ledger now',
      roles: ['ops'],
      params: nothing,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The report.', schema: auditSchema } },
      handle: async ({ caller }) => auditView(await operators.runAudit(caller.id)),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/audit',
      tag: 'Operators',
      summary: 'Read the newest audit report',
      description: 'Runs the audit when nobody ever has.',
      roles: ['ops'],
      params: nothing,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The report.', schema: auditSchema } },
      handle: async ({ caller }) => auditView(await operators.latestAudit(caller.id)),
    }),
  ];
}
