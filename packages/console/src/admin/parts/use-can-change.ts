import { useUser } from '../../app/session.ts'

/** Auditors see all that administrators see, and no control that changes something. */
export const useCanChange = () => useUser().role === 'admin'
