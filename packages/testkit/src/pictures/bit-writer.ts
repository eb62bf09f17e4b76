/** Writes bits, most significant first, and the codes of ITU-T H.265 §9.2. */
export interface BitWriter {
  /** `count` bits of `value`. */
  bits(count: number, value: number): void
  /** Several numbers in Exp-Golomb codes, `ue(v)`. */
  golomb(...values: number[]): void
  flags(...values: (0 | 1)[]): void
  /** Zeros up to the next byte. */
  align(): void
  bytes(data: Uint8Array): void
  /** What was written, its last byte filled with zeros. */
  finish(): Buffer
}

export function createBitWriter(): BitWriter {
  const done: number[] = []
  let byte = 0
  let filled = 0

  function put(bit: number): void {
    byte = (byte << 1) | bit
    filled += 1
    if (filled < 8) return
    done.push(byte)
    byte = 0
    filled = 0
  }
  function bits(count: number, value: number): void {
    for (let shift = count - 1; shift >= 0; shift -= 1) put(Math.floor(value / 2 ** shift) % 2)
  }
  function align(): void {
    while (filled > 0) put(0)
  }
  return {
    bits,
    align,
    golomb(...values) {
      for (const value of values) {
        const digits = (value + 1).toString(2).length
        bits(digits - 1, 0)
        bits(digits, value + 1)
      }
    },
    flags(...values) {
      for (const value of values) put(value)
    },
    bytes(data) {
      align()
      for (const value of data) done.push(value)
    },
    finish() {
      align()
      return Buffer.from(done)
    },
  }
}
