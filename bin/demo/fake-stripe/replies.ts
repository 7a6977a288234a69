/** An answer of the fake. */
export interface Reply {
  readonly status: number;
  readonly body: object;
  /** Whether it is the stored answer to an earlier request with the same key. */
  readonly replayed?: boolean;
}

/** `lost`: done, and the connection breaks before the answer; `slow`: answered once `release` was called. */
export type Fault = 'rate_limited' | 'stored_500' | 'lost' | 'slow';

export interface Faults {
  /** The next call of a path that contains `part` meets it. */
  readonly plan: (part: string, fault: Fault) => void;
  readonly next: (path: string) => Fault | null;
  readonly released: () => Promise<void>;
  readonly release: () => void;
}

export function noFaults(): Faults {
  const planned: { part: string; fault: Fault }[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    plan: (part, fault) => planned.push({ part, fault }),
    next: (path) => {
      const position = planned.findIndex(({ part }) => path.includes(part));
      return position < 0 ? null : (planned.splice(position, 1)[0]?.fault ?? null);
    },
    released: () => released,
    release: () => release(),
  };
}

/** As Stripe keeps its keys: the same request gets the stored answer, also a 500; another one is refused. */
export function idempotent() {
  const stored = new Map<string, { readonly request: string; readonly reply: Reply }>();
  return (key: string, request: string, answer: () => Reply): Reply => {
    const known = stored.get(key);
    if (known === undefined) {
      const reply = answer();
      stored.set(key, { request, reply });
      return reply;
    }
    if (known.request === request) return { ...known.reply, replayed: true };
    const message = 'Keys for idempotent requests can only be used with the same parameters they were first used with.';
    return { status: 400, body: { error: { type: 'idempotency_error', message } } };
  };
}
