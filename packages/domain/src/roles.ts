/** `auditor` reads all that an `admin` reads and changes nothing. */
export const ROLES = ['user', 'auditor', 'admin'] as const
export type Role = (typeof ROLES)[number]
