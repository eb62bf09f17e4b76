import { InvalidArgumentError } from 'commander'

/** How many of something, one at least. */
export function parseCount(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A whole number from 1.')
  return number
}
