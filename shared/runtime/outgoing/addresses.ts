import ipaddr from 'ipaddr.js';

/**
 * Whether an address belongs to the public internet. Everything else is refused: loopback, private, link-local (where
 * clouds keep their metadata), unique local, shared (CGNAT), multicast, reserved, unspecified; and IPv6 addresses that
 * carry an IPv4 one inside, because what they lead to is for a gateway to decide.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}
