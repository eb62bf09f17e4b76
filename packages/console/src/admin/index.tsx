import { Alert, Container, Text } from '@mantine/core'
import { Eye } from 'lucide-react'
import { Route, Switch, useLocation } from 'wouter'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBoundary } from '../parts/error-boundary.tsx'
import { adminWords } from '../words/en-admin.ts'
import { words } from '../words/index.ts'
import { AuditPage } from './audit/audit-page.tsx'
import { ImagePage } from './images/image-page.tsx'
import { ImagesPage } from './images/images-page.tsx'
import { LinksPage } from './links/links-page.tsx'
import { MovedGate } from './moved-gate.tsx'
import { Navigation } from './navigation.tsx'
import { OverviewPage } from './overview-page.tsx'
import { useCanChange } from './parts/use-can-change.ts'
import { QueuesPage } from './queues-page.tsx'
import { NewTierPage, TierPage } from './tiers/tier-page.tsx'
import { TiersPage } from './tiers/tiers-page.tsx'
import { UserPage } from './users/user-page.tsx'
import { UsersPage } from './users/users-page.tsx'

/** The administrators' half, below `/console`. */
export default function Administration() {
  const canChange = useCanChange()
  const [location] = useLocation()
  return (
    <MovedGate>
      <Navigation />
      <Container size="xl" py="lg">
        {!canChange && (
          <Alert variant="light" color="gray" icon={<Eye size={18} aria-hidden />} mb="lg" py="xs">
            <Text size="sm">{adminWords.readOnly}</Text>
          </Alert>
        )}
        <ErrorBoundary key={location}>
          <Switch>
            <Route path="/" component={OverviewPage} />
            <Route path="/users" component={UsersPage} />
            <Route path="/users/:id">{({ id }) => <UserPage key={id} id={id} />}</Route>
            <Route path="/tiers" component={TiersPage} />
            {canChange && <Route path="/tiers/new" component={NewTierPage} />}
            <Route path="/tiers/:id">{({ id }) => <TierPage key={id} id={id} />}</Route>
            <Route path="/images" component={ImagesPage} />
            <Route path="/images/:id">{({ id }) => <ImagePage key={id} id={id} />}</Route>
            <Route path="/links" component={LinksPage} />
            <Route path="/audit" component={AuditPage} />
            <Route path="/queues" component={QueuesPage} />
            <Route>
              <EmptyState title={words.common.notFound} />
            </Route>
          </Switch>
        </ErrorBoundary>
      </Container>
    </MovedGate>
  )
}
