import { type CSSVariablesResolver, createTheme } from '@mantine/core'

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

// Under the pointer, its darkest shade would become a lighter one, on which white letters are too faint.
const hovered = { '--mantine-color-cyan-filled-hover': '#095f6f' }

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: hovered, dark: hovered })
