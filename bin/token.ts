import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { roles } from '../shared/contract/roles.ts';
import { derivedId } from '../shared/domain/ids.ts';
import { loadConfig } from '../shared/runtime/config.ts';
import { jwtSecretOf } from '../shared/runtime/jwt-secret.ts';
import { signOpsLinkToken, signToken } from '../shared/runtime/tokens.ts';
import { runCommand, UsageError } from './command.ts';

const usage = `usage: npm run token -- --sub UUID --role ROLE [--role ROLE …] [--expires-in SECONDS]
       npm run token -- --ops-link [--sub UUID]

Prints a bearer token, signed with JWT_SECRET (or the secret in DATA_DIR), valid for an hour unless said otherwise.
--ops-link prints an address that signs an operator in to /ops once, within ten minutes.
roles: ${roles.join(', ')}`;

/** A year: a token cannot be taken back. */
const expiresInSecondsMax = 366 * 24 * 3600;

const given = z.object({
  sub: z.guid().toLowerCase(),
  role: z.array(z.enum(roles)).min(1),
  'expires-in': z.coerce.number().int().min(1).max(expiresInSecondsMax).default(3600),
});

const givenForLink = z.object({ sub: given.shape.sub.default(derivedId('operator/one-time-link')) });

const optionTypes = {
  sub: { type: 'string' },
  role: { type: 'string', multiple: true },
  'expires-in': { type: 'string' },
  'ops-link': { type: 'boolean' },
} as const;

await runCommand(usage, async () => {
  const options = readOptions();
  const config = loadConfig(process.env);
  if (options['ops-link'] === true) {
    const { sub } = valid(givenForLink, options);
    const token = await signOpsLinkToken(await jwtSecretOf(config), { sub, linkId: randomUUID() }, config);
    console.log(`${config.baseUrl}/ops/sign-in?token=${token}`);
    return;
  }
  const { sub, role, 'expires-in': expiresInSeconds } = valid(given, options);
  console.log(await signToken(await jwtSecretOf(config), { sub, roles: role, expiresInSeconds }, config));
});

function readOptions() {
  try {
    return parseArgs({ options: optionTypes }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function valid<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message}`);
}
