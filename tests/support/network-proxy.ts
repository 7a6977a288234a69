import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, or made to hang, while the server itself is well. */
export interface NetworkProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  readonly cut: () => Promise<void>;
  /** Takes what is sent, and new connections, and says nothing. */
  readonly hang: () => void;
  readonly restore: () => Promise<void>;
}

export async function startNetworkProxy(serverUrl: string): Promise<NetworkProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let hangs = false;

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // what a cut does
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) track(socket);
    near.on('data', (data) => hangs || far.write(data));
    far.on('data', (data) => hangs || near.write(data));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  return {
    url: url.href,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    hang: () => {
      hangs = true;
    },
    restore: async () => {
      hangs = false;
      // Whatever hung has lost a part of its conversation.
      for (const socket of sockets) socket.destroy();
      if (!server.listening) await listen(port);
    },
  };
}
