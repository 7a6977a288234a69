import pg from 'pg';

/** A prepared statement with the values of one execution, and who waits for what it gives. */
export interface Asked<Row extends pg.QueryResultRow = pg.QueryResultRow> {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Value[];
  done(result: Result<Row>): void;
  failed(error: unknown): void;
}

/** A parameter as it travels: text, or bytes, or null. */
export type Value = string | Buffer | null;

export interface Result<Row extends pg.QueryResultRow> {
  readonly rows: Row[];
  /** Of what changes rows: how many; of what has none, null. */
  readonly rowCount: number | null;
}

/**
 * Prepared statements that are sent as one packet with one Sync behind the last, and answered in one packet: the driver's
 * own pipeline has PostgreSQL answer each by itself, which costs both sides a system call and a change of process for
 * every statement. They fail as a whole: behind the first that fails none is executed, and all are told its error. Outside
 * of a transaction they are one.
 *
 * Rows of a statement are described by PostgreSQL once for each connection; what a plan gives cannot change while it is
 * prepared.
 *
 * A subclass because the driver lets nothing else into a pipeline. What it calls here is the protocol of its Submittable.
 */
export class RoundTrip extends pg.Query {
  /** What the driver notes as prepared when PostgreSQL says that a statement is: those of the one that is answered now. */
  name: string | undefined;
  text: string | undefined;
  /** The driver gives those without one a promise's. */
  readonly callback = (): void => undefined;

  readonly #asked: readonly Asked[];
  readonly #results: Result<pg.QueryResultRow>[] = [];
  #rows: pg.QueryResultRow[] = [];
  /** Of the connection that it was sent on. */
  #decoders: Decoders = new Map();
  #forgetPrepared: (name: string) => void = () => undefined;
  #unreadable: { readonly error: unknown } | null = null;
  #isOver = false;

  constructor(asked: readonly Asked[]) {
    super({ text: '' });
    this.#asked = asked;
    this.#next();
  }

  override submit = (connection: pg.Connection): void => {
    const protocol = asProtocol(connection);
    this.#decoders = decodersOf(protocol);
    this.#forgetPrepared = (name) => delete protocol.submittedNamedStatements[name];
    protocol.stream.cork();
    try {
      for (const asked of this.#asked) send(protocol, asked, !this.#decoders.has(asked.name));
      protocol.sync();
    } finally {
      protocol.stream.uncork();
    }
  };

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.#decoders.set(this.name ?? '', decoderOf(fields));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const decode = this.#decoders.get(this.name ?? '') ?? undescribed;
    try {
      this.#rows.push(decode(fields));
    } catch (error) {
      // The driver has nobody to catch it. The others must be answered first.
      this.#unreadable ??= { error };
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    // Of what gives no rows nothing was described, and need not be asked again.
    if (!this.#decoders.has(this.name ?? '')) this.#decoders.set(this.name ?? '', undescribed);
    this.#results.push({ rows: this.#rows, rowCount: rowCountOf(text) });
    this.#rows = [];
    this.#next();
  }

  handleReadyForQuery(): void {
    if (this.#unreadable !== null) this.handleError(this.#unreadable.error);
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [position, asked] of this.#asked.entries()) {
      const result = this.#results[position];
      if (result === undefined) asked.failed(new Error('PostgreSQL has not answered a statement'));
      else asked.done(result);
    }
  }

  handleError(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // What was to be prepared behind the failure is not.
    for (const { name } of this.#asked.slice(this.#results.length)) this.#forgetPrepared(name);
    for (const asked of this.#asked) asked.failed(error);
  }

  #next(): void {
    const asked = this.#asked[this.#results.length];
    this.name = asked?.name;
    this.text = asked?.text;
  }
}

/** What of the driver's connection a query of its own uses. */
interface Connection {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(portal: { readonly statement: string; readonly values: readonly Value[] }): void;
  describe(what: { readonly type: 'P'; readonly name: '' }): void;
  execute(portal: { readonly rows: 0 }): void;
  sync(): void;
}

function asProtocol(connection: object): Connection {
  if (!isProtocol(connection)) throw new TypeError('this is no connection of the driver that we know');
  return connection;
}

function isProtocol(connection: object): connection is Connection {
  return 'parsedStatements' in connection && 'submittedNamedStatements' in connection && 'bind' in connection;
}

function send(connection: Connection, { name, text, values }: Asked, isToBeDescribed: boolean): void {
  const { parsedStatements, submittedNamedStatements } = connection;
  if (parsedStatements[name] === undefined && submittedNamedStatements[name] === undefined) {
    connection.parse({ name, text });
    submittedNamedStatements[name] = text;
  }
  connection.bind({ statement: name, values });
  if (isToBeDescribed) connection.describe({ type: 'P', name: '' });
  connection.execute({ rows: 0 });
}

type Decoder = (fields: readonly (string | null)[]) => pg.QueryResultRow;

/** By statement: how to read its rows. */
type Decoders = Map<string, Decoder>;

const known = new WeakMap<Connection, Decoders>();

function decodersOf(connection: Connection): Decoders {
  const decoders = known.get(connection) ?? new Map();
  known.set(connection, decoders);
  return decoders;
}

/** Of a statement that gives no rows. */
const undescribed: Decoder = () => {
  throw new Error('PostgreSQL has sent a row that it has not described');
};

function decoderOf(fields: readonly pg.FieldDef[]): Decoder {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }));
  const empty = Object.fromEntries(columns.map(({ name }) => [name, null]));
  return (values) => {
    const row: pg.QueryResultRow = { ...empty };
    for (const [position, { name, parse }] of columns.entries()) {
      const value = values[position];
      if (value != null) row[name] = parse(value);
    }
    return row;
  };
}

/** `text[]` and `uuid[]`: mostly there is nothing in them, for which the driver takes as long as for some ids. */
const arrayTypes: ReadonlySet<number> = new Set([1_009, 2_951]);

function parserOf(type: number): (value: string) => unknown {
  const parse = pg.types.getTypeParser(type, 'text');
  return arrayTypes.has(type) ? (value) => (value === '{}' ? [] : parse(value)) : parse;
}

/** `UPDATE 3`, `INSERT 0 3`, `SELECT 3`; `BEGIN` says nothing. */
function rowCountOf(command: string): number | null {
  const count = /\d+$/.exec(command);
  return count === null ? null : Number(count[0]);
}
