import ipaddr from 'ipaddr.js';

/** Addresses that may be called although they are not public: each an address or a CIDR range. */
export type AllowedAddresses = readonly string[];

/**
 * Whether an address is off limits: everything that is not a public unicast address, in whichever
 * way it is written, and not allowed by name.
 *
 * @throws Error for an allowed address that is none.
 */
export function isBlockedAddress(address: string, allowed: AllowedAddresses): boolean {
  if (!ipaddr.isValid(address)) return true;
  // An IPv4 address in the clothes of IPv6 is taken for what it is.
  const parsed = ipaddr.process(address);
  if (allowed.some((range) => isWithin(parsed, range))) return false;
  return parsed.range() !== 'unicast' || !isGlobal(parsed);
}

/** Of IPv6 only what IANA gives out to be routed (RFC 4291 section 2.4): beside it are private networks. */
function isGlobal(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === 'ipv4' || isWithin(address, '2000::/3');
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, range: string): boolean {
  const [base, bits] = range.includes('/') ? ipaddr.parseCIDR(range) : [ipaddr.process(range), 128];
  if (base.kind() !== address.kind()) return false;
  return address.match(base as never, Math.min(bits, base.kind() === 'ipv4' ? 32 : 128));
}
