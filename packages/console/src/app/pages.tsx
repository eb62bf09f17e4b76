import { Button } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import { GalleryPage } from '../gallery/gallery-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBoundary } from '../parts/error-boundary.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { words } from '../words/index.ts'
import { seesAdministration, useUser } from './session.ts'

const ImagePage = lazy(() => import('../image/image-page.tsx'))
const AccountPage = lazy(() => import('../account/account-page.tsx'))
const Administration = lazy(() => import('../admin/index.tsx'))

/** All but the gallery are loaded when somebody goes there. */
export function Pages() {
  const [location] = useLocation()
  const user = useUser()
  return (
    // What broke on one page does not keep from the next.
    <ErrorBoundary key={location.split('/', 2)[1]}>
      <Suspense fallback={<LoadingState />}>
        <Switch>
          <Route path="/" component={GalleryPage} />
          <Route path="/images/:id">{({ id }) => <ImagePage key={id} id={id} />}</Route>
          <Route path="/account" component={AccountPage} />
          {/* Not /admin: that, or whatever ADMIN_PATH says, is the API's. */}
          <Route path="/console" nest>
            {seesAdministration(user) ? <Administration /> : <Redirect to="~/" />}
          </Route>
          <Route>
            <EmptyState
              title={words.common.notFound}
              action={
                <Button component={Link} href="/">
                  {words.common.toGallery}
                </Button>
              }
            />
          </Route>
        </Switch>
      </Suspense>
    </ErrorBoundary>
  )
}
