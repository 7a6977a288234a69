import type { Express } from 'express';
import { Problem, sendProblem } from './problem.ts';
import { type Gate, type Route, sendNothing } from './route.ts';

/** Adds the routes, and behind each path what answers all other methods: 405, with those that work. */
export function mountRoutes(app: Express, routes: readonly Route[], gate: Gate): void {
  for (const route of routes) {
    app[route.method](route.path, (req, res) => route.serve(gate, req, res));
  }
  for (const [path, allowed] of allowedMethods(routes)) {
    app.route(path).all((req, res) => {
      if (req.method === 'OPTIONS') {
        sendNothing(res, ['Allow', allowed]);
        return;
      }
      const detail = `${req.method} is not possible here, ${allowed} is.`;
      sendProblem(res, new Problem('method_not_allowed', detail, { headers: { Allow: allowed } }));
    });
  }
}

function allowedMethods(routes: readonly Route[]): Map<string, string> {
  const allowed = new Map<string, string[]>();
  for (const { path, method } of routes) {
    // Express answers HEAD wherever it answers GET.
    const methods = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    allowed.set(path, [...(allowed.get(path) ?? []), ...methods]);
  }
  return new Map([...allowed].map(([path, methods]) => [path, methods.join(', ')]));
}
