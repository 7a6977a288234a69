import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type OutgoingRules, urlFaultOf } from '../../shared/runtime/outgoing/endpoint-url.ts';
import { guardedLookup, type Resolve } from '../../shared/runtime/outgoing/guarded-lookup.ts';
import type { Message } from './message.ts';

export interface SendOptions {
  readonly rules: OutgoingRules;
  readonly resolve: Resolve;
  /** From the first look-up to the status of the answer, and once more for the rest of it. */
  readonly timeoutMs: number;
}

/** What a subscriber has said, or why nothing was heard. */
export type Answer =
  | { readonly statusCode: number }
  | { readonly statusCode: null; readonly error: string; readonly isAborted: boolean };

export interface Sending {
  readonly answer: Promise<Answer>;
  /** Gives up; whether the subscriber has heard it, nobody knows. */
  readonly abort: () => void;
}

/** Nobody reads what a subscriber says besides the status; this much is taken from the line, for politeness. */
const answerBytesMax = 16_384;

/**
 * Posts a message. No redirects, no proxies, and a connection of its own: what the name leads to is checked whenever one
 * is made, addresses in the URL before it is.
 */
export function send(url: string, { body, headers }: Message, options: SendOptions): Sending {
  const { rules, resolve, timeoutMs } = options;
  const fault = urlFaultOf(url, rules);
  if (fault !== null) return { answer: Promise.resolve(unanswered(`url ${fault}`)), abort: () => {} };

  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  const lookup = guardedLookup(resolve, rules.allowPrivate);
  const outgoing = request(url, { method: 'POST', headers, agent: false, lookup });
  let isAborted = false;
  const answer = new Promise<Answer>((settle) => {
    // Node's own timeouts count from the last byte: a subscriber that drips would never be late.
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    outgoing.once('close', () => clearTimeout(late));
    outgoing.on('error', (error) => settle({ ...unanswered(textOf(error)), isAborted }));
    outgoing.once('response', (response) => {
      late.refresh();
      settle({ statusCode: response.statusCode ?? 0 });
      let bytes = 0;
      response.on('error', () => {});
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) outgoing.destroy();
      });
    });
  });
  outgoing.end(body);
  return {
    answer,
    abort: () => {
      isAborted = true;
      outgoing.destroy(new Error('aborted'));
    },
  };
}

function unanswered(error: string) {
  return { statusCode: null, error, isAborted: false } as const;
}

/** Several addresses fail together in one error that says nothing itself. */
function textOf(error: Error): string {
  const causes = error instanceof AggregateError ? error.errors : [error];
  return causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join('; ');
}
