import t from 'tap'
import { type Luminance, ssim } from '../../bench/ssim.ts'

function checks(width: number, height: number, contrast: number): Luminance {
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const isDark = (Math.floor((at % width) / 3) + Math.floor(at / width / 3)) % 2 === 0
    return isDark ? 128 - contrast : 128 + contrast
  })
  return { data, width, height }
}

t.test('a picture is like itself, less like a paler one, and unlike its negative', async (t) => {
  const picture = checks(32, 24, 60)
  t.equal(ssim(picture, picture), 1)
  const paler = ssim(picture, checks(32, 24, 30))
  t.ok(paler > 0.5 && paler < 0.9, `${paler}`)
  t.ok(ssim(picture, checks(32, 24, -60)) < 0)
})

t.test('what cannot be compared is refused', async (t) => {
  t.throws(() => ssim(checks(32, 24, 1), checks(24, 32, 1)), RangeError)
  t.throws(() => ssim(checks(7, 7, 1), checks(7, 7, 1)), RangeError)
})
