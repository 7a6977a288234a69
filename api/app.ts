import express, { type Express } from 'express';
import type pg from 'pg';
import type { Submission } from '../db/accept.ts';
import type { AuditRun } from '../db/audit-runs.ts';
import type { Settlements } from '../db/settlements.ts';
import type { OperationKind } from '../shared/operations/define.ts';
import { kindsByName } from '../shared/operations/registry.ts';
import type { Config } from '../shared/runtime/config.ts';
import type { Logger } from '../shared/runtime/log.ts';
import type { Resolve } from '../shared/runtime/outgoing/guarded-lookup.ts';
import type { Producer } from '../shared/runtime/queues.ts';
import type { Acceptance } from './acceptance/acceptance.ts';
import { boardPath, createBoard } from './console/queues.ts';
import { createSessions } from './console/session.ts';
import { signInRoutes } from './console/sign-in.ts';
import { startPageRoutes } from './console/start-page.ts';
import { createAuthenticator, createOwnTokenVerifier } from './http/authentication.ts';
import { exchanges } from './http/exchange.ts';
import type { Metrics } from './http/metrics.ts';
import { mountRoutes } from './http/mount.ts';
import { notFound, problemHandler, sendProblem } from './http/problem.ts';
import { createRateLimits } from './http/rate-limit.ts';
import type { Route } from './http/route.ts';
import { openApiDocument } from './openapi/document.ts';
import { documentationRoutes } from './openapi/routes.ts';
import { createOperators } from './operators.ts';
import { auditRoutes } from './routes/audit.ts';
import { bookingRoutes } from './routes/bookings.ts';
import { creditRoutes } from './routes/credits.ts';
import { eventDeliveryRoutes } from './routes/event-deliveries.ts';
import { eventEndpointRoutes } from './routes/event-endpoints.ts';
import { healthRoutes } from './routes/health.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { operationRoutes } from './routes/operations.ts';
import { orderRoutes } from './routes/orders.ts';
import { partnerDashboardRoutes } from './routes/partner-dashboard.ts';
import { partnerUploadRoutes } from './routes/partner-uploads.ts';
import { partnerRoutes } from './routes/partners.ts';
import { planRoutes } from './routes/plans.ts';
import { practitionerRoutes } from './routes/practitioners.ts';
import { reconciliationRoutes } from './routes/reconciliation.ts';
import { shopRoutes } from './routes/shops.ts';
import { slotHoldRoutes } from './routes/slot-holds.ts';
import { statsRoutes } from './routes/stats.ts';
import { submissionRoutes } from './routes/submissions.ts';
import { userRoutes } from './routes/users.ts';
import { vendorDayRoutes } from './routes/vendor-days.ts';
import { waitlistRoutes } from './routes/waitlist.ts';
import { stripeWebhookRoutes } from './webhooks/stripe.ts';

/** Everything that the application is made of; it makes none of it and closes none of it. */
export interface AppDeps {
  readonly config: Pick<Config, 'jwtJwksUrl' | 'jwtIssuer' | 'jwtAudience' | 'rateLimitPerMinute' | 'metricsToken'> &
    Pick<Config, 'eventsAllowHttp' | 'eventsAllowPrivate' | 'stripeSecretKey' | 'stripeWebhookSecrets' | 'smtpUrl'>;
  /** Signs tokens, and through a key derived from it the operators' sessions. */
  readonly jwtSecret: string;
  readonly kinds: readonly OperationKind[];
  /** Of the role `app`: writes. */
  readonly app: pg.Pool;
  /** Of the role `reader`: everything that callers read, under row-level security. */
  readonly reader: pg.Pool;
  readonly acceptance: Acceptance;
  readonly settlements: Settlements;
  readonly wake: (recorded: readonly Submission[]) => void;
  readonly producer: Producer;
  readonly audit: () => Promise<AuditRun>;
  readonly metrics: Metrics;
  readonly resolve: Resolve;
  readonly log: Logger;
}

/** The whole HTTP interface. Writes come first in the router: they are the hot path. */
export function createApp(deps: AppDeps): Express {
  const { config, jwtSecret, log, producer } = deps;
  const gate = {
    authenticator: createAuthenticator(config, jwtSecret),
    limits: createRateLimits(config.rateLimitPerMinute),
  };
  const sessions = createSessions(jwtSecret);
  const operators = createOperators({ ...deps, kinds: kindsByName(deps.kinds) });

  const routes: Route[] = [
    ...submissionRoutes(deps),
    ...operationRoutes(deps),
    ...bookingRoutes(deps),
    ...slotHoldRoutes(deps),
    ...waitlistRoutes(deps),
    ...creditRoutes(deps),
    ...practitionerRoutes(deps),
    ...userRoutes(deps),
    ...notificationRoutes(deps),
    ...partnerRoutes(deps),
    ...planRoutes(deps),
    ...shopRoutes(deps),
    ...orderRoutes(deps),
    ...vendorDayRoutes(deps),
    ...stripeWebhookRoutes(deps),
    ...partnerDashboardRoutes(deps),
    ...partnerUploadRoutes(deps),
    ...reconciliationRoutes({ ...deps, operators }),
    ...auditRoutes({ operators }),
    ...eventEndpointRoutes({
      ...deps,
      rules: { allowHttp: config.eventsAllowHttp, allowPrivate: config.eventsAllowPrivate },
    }),
    ...eventDeliveryRoutes(deps),
    ...statsRoutes(deps),
    ...healthRoutes({ ...deps, ...gate, metricsToken: config.metricsToken }),
    ...documentationRoutes({ documentText: () => documentText }),
    ...signInRoutes({ ...deps, ...gate, sessions, verifyOwn: createOwnTokenVerifier(config, jwtSecret) }),
    ...startPageRoutes({ ...deps, sessions, operators }),
  ];
  const documentText = JSON.stringify(openApiDocument(routes));

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use(exchanges(log, deps.metrics));
  mountRoutes(app, routes, gate);
  app.use(boardPath, createBoard({ producer, sessions }));
  app.use((_req, res) => sendProblem(res, notFound()));
  app.use(problemHandler(log));
  return app;
}
