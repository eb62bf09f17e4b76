import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { ErrorBoundary } from '../parts/error-boundary.tsx'
import { Pages } from './pages.tsx'
import { queryClient } from './session.ts'
import { SessionGate } from './session-gate.tsx'
import { Shell } from './shell.tsx'
import { cssVariables, theme } from './theme.ts'

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <ErrorBoundary>
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-center" />
          <SessionGate>
            <Shell>
              <Pages />
            </Shell>
          </SessionGate>
        </QueryClientProvider>
      </ErrorBoundary>
    </MantineProvider>
  )
}
