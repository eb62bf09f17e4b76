import { Container, Title } from '@mantine/core'
import { Route, Switch } from 'wouter'
import { adminWords } from '../words/en-admin.ts'

/** The administrators' half, below `/console`. */
export default function Administration() {
  return (
    <Container size="xl" py="lg">
      <Switch>
        <Route path="/">
          <Title order={1}>{adminWords.overview}</Title>
        </Route>
      </Switch>
    </Container>
  )
}
