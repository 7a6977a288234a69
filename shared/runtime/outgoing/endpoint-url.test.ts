import { describe, expect, it } from 'vitest';
import { urlFaultOf } from './endpoint-url.ts';

const strict = { allowHttp: false, allowPrivate: false };

describe('a URL that events may be sent to', () => {
  it.each([
    'https://example.com/hooks?tenant=1',
    'https://example.com:8443/',
    'https://93.184.216.34/',
    'https://[2606:4700::1111]/',
  ])('%s', (url) => {
    expect(urlFaultOf(url, strict)).toBeNull();
  });
});

describe('a URL that is refused', () => {
  it.each([
    ['no URL', 'example.com/hooks', 'must be a URL'],
    ['http', 'http://example.com/', 'must begin with https://'],
    ['another protocol', 'file:///etc/passwd', 'must begin with https://'],
    ['credentials', 'https://user:secret@example.com/', 'must not contain credentials'],
    ['a user', 'https://user@example.com/', 'must not contain credentials'],
    ['a fragment', 'https://example.com/#here', 'must not contain a fragment'],
    ['one without an end', `https://example.com/${'x'.repeat(2_000)}`, 'must have at most 2000 characters'],
  ])('%s', (_, url, fault) => {
    expect(urlFaultOf(url, strict)).toBe(fault);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback, further on', '127.8.8.8'],
    ['loopback in hex', '0x7f000001'],
    ['loopback in decimal', '2130706433'],
    ['loopback in octal', '0177.0.0.1'],
    ['loopback, abbreviated', '127.1'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['link-local: metadata of a cloud', '169.254.169.254'],
    ['shared (CGNAT)', '100.64.0.1'],
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['IPv6 loopback', '[::1]'],
    ['IPv6 unspecified', '[::]'],
    ['IPv6 link-local', '[fe80::1]'],
    ['unique local', '[fd00:ec2::254]'],
    ['IPv4 inside IPv6', '[::ffff:127.0.0.1]'],
    ['IPv4 inside IPv6, public', '[::ffff:8.8.8.8]'],
    ['NAT64', '[64:ff9b::7f00:1]'],
    ['6to4', '[2002:7f00:1::]'],
    ['IPv6 multicast', '[ff02::1]'],
  ])('%s: %s', (_, host) => {
    const url = `https://${host}/`;
    expect(urlFaultOf(url, strict)).toBe('must lead to a public address');
    expect(urlFaultOf(url, { ...strict, allowPrivate: true })).toBeNull();
  });
});

it('takes http where that is allowed', () => {
  expect(urlFaultOf('http://example.com/', { ...strict, allowHttp: true })).toBeNull();
  expect(urlFaultOf('http://127.0.0.1/', { ...strict, allowHttp: true })).toBe('must lead to a public address');
});
