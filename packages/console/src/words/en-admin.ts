/** What administrators and auditors read, in English. */
export const adminWords = {
  title: 'Administration',
  overview: 'Overview',
}
