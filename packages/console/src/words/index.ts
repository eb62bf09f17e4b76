import { en } from './en.ts'

/** Every word that people read. Another language is another object of the same type. */
export type Words = typeof en

export const words: Words = en
