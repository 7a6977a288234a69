import type { RequestHandler } from 'express';
import type { Producer } from '../../shared/runtime/queues.ts';
import { unauthenticated } from '../http/authentication.ts';
import { exchangeOf, setCommonHeaders } from '../http/exchange.ts';
import { unavailable } from '../http/problem.ts';
import { seeOther } from './forms.ts';
import type { Sessions } from './session.ts';

export const boardPath = '/ops/queues';

export interface BoardDeps {
  readonly producer: Pick<Producer, 'boardQueues'>;
  readonly sessions: Sessions;
}

/** The board's page asks Google for a font; it looks fine with the ones that are there. */
const remoteFont = /<link[^>]+fonts\.googleapis\.com[^>]*>/g;

/**
 * Bull Board, to look at only: it has no sign-in of its own and offers to delete everything, so that it stands behind
 * ours, with every action switched off. Built at the first visit that finds the queues alive.
 */
export function createBoard({ producer, sessions }: BoardDeps): RequestHandler {
  let board: Promise<RequestHandler> | null = null;

  return async (req, res, next) => {
    exchangeOf(res).route = boardPath;
    setCommonHeaders(res);
    if ((await sessions.of(req)) === null) {
      if (req.path.startsWith('/api/')) throw unauthenticated('Sign in at /ops/sign-in.');
      seeOther(res, '/ops/sign-in');
      return;
    }
    board ??= buildBoard(producer);
    const show = await board.catch((error: unknown) => {
      board = null;
      throw unavailable('The queues cannot be reached at the moment.', error);
    });
    const send = res.send.bind(res);
    res.send = (body: unknown) => send(typeof body === 'string' ? body.replace(remoteFont, '') : body);
    show(req, res, next);
  };
}

async function buildBoard(producer: BoardDeps['producer']): Promise<RequestHandler> {
  // Not before somebody looks: most processes never show it, and need not keep it in memory.
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(boardPath);
  const queues = await producer.boardQueues();
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Counterfoil queues', hideDocsLink: true, sortQueues: false } },
  });
  const router: RequestHandler = serverAdapter.getRouter();
  return router;
}
