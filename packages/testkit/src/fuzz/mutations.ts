/** A whole number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number

/** Mulberry32: a small generator whose whole state is one 32-bit number, so that a run can be repeated. */
export function seededRandom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Values that break arithmetic: ends of ranges, signs, and the sizes 0, 1 and 8 that many formats treat specially. */
const EDGES = [0x00, 0x01, 0x02, 0x08, 0x7f, 0x80, 0xfe, 0xff]

/** Longest run of bytes that is moved, said twice or left out. */
const MAX_RUN_BYTES = 64

/**
 * A file with one to four things wrong: bytes changed to others, runs of them
 * filled, doubled, moved or left out, its end missing.
 */
export function mutate(specimen: Buffer, random: Random): Buffer {
  let mutant = Buffer.from(specimen)
  for (let changes = 1 + random(4); changes > 0 && mutant.length > 0; changes -= 1) {
    mutant = mutateOnce(mutant, random)
  }
  return mutant
}

function mutateOnce(mutant: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random(mutant.length)
  const end = at + Math.min(1 + random(random(4) === 0 ? MAX_RUN_BYTES : 8), mutant.length - at)
  const copy = Buffer.from(mutant)
  switch (random(10)) {
    case 0:
    case 1:
    case 2:
      copy.writeUInt8(EDGES[random(EDGES.length)] ?? 0, at)
      return copy
    case 3:
    case 4:
      copy.writeUInt8(random(256), at)
      return copy
    case 5:
      return copy.fill(EDGES[random(EDGES.length)] ?? 0, at, end)
    case 6:
      return Buffer.concat([mutant.subarray(0, end), mutant.subarray(at)])
    case 7: {
      const to = random(mutant.length)
      copy.copyWithin(to, at, end)
      return copy
    }
    case 8:
      return Buffer.concat([mutant.subarray(0, at), mutant.subarray(end)])
    default:
      return random(4) === 0 ? copy.subarray(0, at) : copy
  }
}
