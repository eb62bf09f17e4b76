import { useEffect, useState } from 'react'

const secondsUntil = (endMs: number) => Math.max(0, Math.ceil((endMs - Date.now()) / 1000))

/** Counts down to a moment of this machine's clock, a second at a time. */
export function useSecondsLeft(endMs: number): number {
  const [seconds, setSeconds] = useState(() => secondsUntil(endMs))
  useEffect(() => {
    const tick = () => setSeconds(secondsUntil(endMs))
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [endMs])
  return seconds
}
