import type { z } from 'zod';
import type { FieldError } from '../contract/problems.ts';
import type { QueueName } from '../contract/queues.ts';
import type { RejectionCode } from '../contract/rejections.ts';
import type { Role } from '../contract/roles.ts';
import type { Decision, Deferred } from '../domain/decision.ts';
import type { Footprint } from '../domain/footprint.ts';
import type { Uuid } from '../domain/ids.ts';
import type { State } from '../domain/state.ts';

/** Who submits: the token's subject and the roles that it carried when the operation was accepted. */
export interface Caller {
  readonly id: Uuid;
  readonly roles: readonly Role[];
}

/** One operation as its decider sees it. Time and ids are data: a decider has no clock and no randomness. */
export interface Command<Payload> {
  readonly id: Uuid;
  readonly caller: Caller;
  /** Whose lane it runs in. */
  readonly userId: Uuid;
  /** Epoch ms at which it counts: when it was accepted or, re-applied by a person, when that was asked for. */
  readonly at: number;
  /** Whether to leave for later what can be left: everything at once has failed for good. Of kinds that `canBeReduced`. */
  readonly isReduced: boolean;
  readonly payload: Payload;
}

/** An operation as it is stored, before its payload is trusted. */
export interface Submitted extends Omit<Command<unknown>, 'payload' | 'isReduced'> {
  readonly payload: unknown;
}

/** A command bound to its kind: what to load, and what to answer then. */
export interface Prepared {
  readonly id: Uuid;
  /** Epoch ms at which it counts. */
  readonly at: number;
  readonly footprint: Footprint;
  readonly decide: (state: State) => Decision | Deferred;
}

export interface Definition<Payload> {
  /** `noun.verb`, stored with every operation: never rename one that has been used. */
  readonly kind: string;
  readonly queue: QueueName;
  /**
   * Express path; the names of its parameters are members of the payload, the body is the rest. Null: only the house
   * itself submits it, and there is no route.
   */
  readonly path: string | null;
  /** `post` unless it says otherwise. */
  readonly method?: 'post' | 'delete';
  readonly summary: string;
  readonly description: string;
  readonly payload: z.ZodObject & z.ZodType<Payload>;
  readonly outcome: z.ZodObject;
  /** What it may be rejected with, in the order of the checks. */
  readonly rejections: readonly RejectionCode[];
  /** Roles of the token, one of which is needed; absent: any signed-in caller. */
  readonly allowed?: readonly Role[];
  /**
   * What about a well-formed payload is too late at `at` (epoch ms), so that it is not recorded any more. A request that
   * was recorded in time keeps being answered.
   */
  readonly untimely?: (payload: Payload, at: number) => FieldError | null;
  /** The lane: the user whose balance pays or receives first (design.md §2.3). */
  readonly laneOf: (caller: Caller, payload: Payload) => Uuid;
  /**
   * Applied in several transactions, each deciding on what the one before has left, until a decision says that it was
   * the last. Its lane waits; such an operation has no other of its lane, and no other of its sort, in its batch.
   */
  readonly inParts?: boolean;
  /** Whether a part of it can be left to an operation of its own, so that its failure is not the whole's. */
  readonly canBeReduced?: boolean;
  /**
   * What `laneOf` names when the payload does not know whose lane it is: a partner, for that of its owner, or an earlier
   * operation, for the lane that one is in.
   */
  readonly laneIsOf?: 'partner' | 'operation';
  /** Whether the caller may ask for it, as far as their token says; absent: whoever has one of the roles. */
  readonly mayAsk?: (caller: Caller, payload: Payload) => boolean;
  readonly footprint: (command: Command<Payload>) => Footprint;
  readonly decide: (state: State, command: Command<Payload>) => Decision | Deferred;
}

/** A registered kind; its payload's type is hidden behind a parse, so that a list of kinds needs no casts. */
export interface OperationKind
  extends Pick<
    Definition<unknown>,
    | 'kind'
    | 'queue'
    | 'path'
    | 'method'
    | 'summary'
    | 'description'
    | 'outcome'
    | 'rejections'
    | 'allowed'
    | 'laneIsOf'
    | 'inParts'
    | 'canBeReduced'
  > {
  readonly payload: z.ZodObject;
  /** Checks a payload from outside; throws ZodError. Returns it as it will be stored, with its lane. */
  readonly submit: (
    caller: Caller,
    payload: unknown,
  ) => { readonly payload: unknown; readonly lane: Uuid; readonly isAllowed: boolean };
  /** What about a payload that `submit` has returned is too late now. */
  readonly untimely: (payload: unknown, at: number) => FieldError | null;
  /** Parses what was stored a second time before it is trusted; throws ZodError, which makes it poison. */
  readonly prepare: (submitted: Submitted, isReduced?: boolean) => Prepared;
}

export function defineOperation<Payload>(definition: Definition<Payload>): OperationKind {
  const { payload: schema, laneOf, mayAsk, untimely, footprint, decide, ...described } = definition;
  return {
    ...described,
    payload: schema,
    submit: (caller, raw) => {
      const payload = schema.parse(raw);
      return { payload, lane: laneOf(caller, payload), isAllowed: mayAsk === undefined || mayAsk(caller, payload) };
    },
    untimely: (payload, at) => (untimely === undefined ? null : untimely(schema.parse(payload), at)),
    prepare: (submitted, isReduced = false) => {
      const command: Command<Payload> = { isReduced, ...submitted, payload: schema.parse(submitted.payload) };
      const { id, at } = command;
      return { id, at, footprint: footprint(command), decide: (state) => decide(state, command) };
    },
  };
}
