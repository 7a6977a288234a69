export const roles = ['client', 'practitioner', 'partner', 'vendor', 'ops', 'admin'] as const;

export type Role = (typeof roles)[number];

/** `admin` may do all that `ops` may, not the reverse (contract §8). */
export function hasRole(held: readonly Role[], wanted: Role): boolean {
  return held.includes(wanted) || (wanted === 'ops' && held.includes('admin'));
}
