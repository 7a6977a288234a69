import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { derivedId } from '../domain/ids.ts';
import { signOpsLinkToken, signToken } from './tokens.ts';

const secret = 'a secret that is at least thirty-two bytes long';
const sub = derivedId('somebody');
const key = new TextEncoder().encode(secret);

describe('a token', () => {
  it('says who, with which roles, until when', async () => {
    const token = await signToken(secret, { sub, roles: ['client', 'ops'], expiresInSeconds: 60 });
    const { payload, protectedHeader } = await jwtVerify(token, key);
    expect(protectedHeader.alg).toBe('HS256');
    expect(payload).toMatchObject({ sub, roles: ['client', 'ops'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });

  it('is made for the issuer and the audience that the API checks', async () => {
    const audience = { jwtIssuer: 'https://issuer.example', jwtAudience: 'counterfoil' };
    const token = await signToken(secret, { sub, roles: ['client'], expiresInSeconds: 60 }, audience);
    const checks = { issuer: audience.jwtIssuer, audience: audience.jwtAudience };
    await expect(jwtVerify(token, key, checks)).resolves.toBeDefined();
  });

  it('for a sign-in link says what it is for, and which link it is', async () => {
    const { payload } = await jwtVerify(await signOpsLinkToken(secret, { sub, linkId: 'link-1' }), key);
    expect(payload).toMatchObject({ sub, roles: ['ops'], purpose: 'ops-link', jti: 'link-1' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });
});
