import { createTheme } from '@mantine/core'

/** One look for both halves of the console. */
export const theme = createTheme({
  primaryColor: 'cyan',
  // Dark enough for white letters on it (WCAG 2.2, 1.4.3).
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
})
