import { expect, it } from 'vitest';
import { credentialsOf, withoutSecrets } from './credentials.ts';

const url = 'smtp://ann%40mail.test:p%40ss%3Aword@mail.test:587';
const wire = (text: string) => Buffer.from(text).toString('base64');

it.each(['p@ss:word', 'p%40ss%3Aword', wire('p@ss:word'), wire('\0ann@mail.test\0p@ss:word')])(
  'takes %j out of the texts of an error, which stays the same error',
  (secret) => {
    const error = Object.assign(new Error(`unknown: ${secret}`), { response: `500 ${secret} ${secret}`, code: 7 });
    expect(withoutSecrets(error, credentialsOf(url))).toBe(error);
    expect([error.message, error.response, error.stack].join(' ')).not.toContain(secret);
    expect(error.response).toBe('500 [redacted] [redacted]');
    expect(error.code).toBe(7);
  },
);

it('leaves alone what has no password, and what is no error', () => {
  expect(credentialsOf('smtp://mail.test')).toEqual([]);
  expect(withoutSecrets('p', ['p'])).toBe('p');
});

it('does not repeat an address that is none', () => {
  expect(() => credentialsOf('smtp//user:password@x')).toThrow(/^the address of the mail server is not a URL$/);
});
