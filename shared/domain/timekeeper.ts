import type { Role } from '../contract/roles.ts';
import type { Uuid } from './ids.ts';

/** Who asks for what time alone, or a change of the directory, brings about. Nobody can be entered under this id. */
export const timekeeper: { readonly id: Uuid; readonly roles: readonly Role[] } = {
  id: '00000000-0000-4000-8000-0000000000ff',
  roles: ['ops'],
};
