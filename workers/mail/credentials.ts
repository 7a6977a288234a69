/*
 * Servers repeat what they did not understand, and errors repeat servers. What ends in a log or in a reconciliation
 * item must not hold the password, in none of the forms in which it travels.
 */

/** The texts that give away the password of a URL; the longest first, since it may contain the others. */
export function credentialsOf(url: string): string[] {
  if (!URL.canParse(url)) throw new Error('the address of the mail server is not a URL');
  const { username, password } = new URL(url);
  if (password === '') return [];
  const [user, plain] = [decodeURIComponent(username), decodeURIComponent(password)];
  return [base64(`\0${user}\0${plain}`), base64(plain), password, plain].sort((a, b) => b.length - a.length);
}

/** The same error, its texts without the secrets. */
export function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error) || secrets.length === 0) return error;
  for (const key of Object.getOwnPropertyNames(error)) {
    const value: unknown = Reflect.get(error, key);
    if (typeof value === 'string') Reflect.set(error, key, redacted(value, secrets));
  }
  return error;
}

function redacted(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
