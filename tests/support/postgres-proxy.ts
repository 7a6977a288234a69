import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a PostgreSQL server that can lose what goes over it. */
export interface PostgresProxy {
  /** `url` of the server, through the proxy. */
  readonly urlOf: (url: string) => string;
  /**
   * Lets the next COMMIT through and cuts its connection instead of bringing the answer back: whoever sent it cannot
   * know whether it happened. Resolves when it has.
   */
  readonly loseNextAnswerToCommit: () => Promise<void>;
}

const commit = Buffer.from('commit\0');

/** Closes itself when the test ends. */
export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let lose: (() => void) | null = null;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let lost: (() => void) | null = null;
    client.on('data', (data) => {
      if (lose !== null && data.includes(commit)) [lost, lose] = [lose, null];
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (lost === null) client.write(data);
      else client.destroy();
      lost?.();
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const proxyPort = typeof address === 'object' && address !== null ? address.port : 0;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    urlOf: (url) => {
      const proxied = new URL(url);
      proxied.host = `127.0.0.1:${proxyPort}`;
      return proxied.href;
    },
    loseNextAnswerToCommit: () =>
      new Promise((resolve) => {
        lose = resolve;
      }),
  };
}
