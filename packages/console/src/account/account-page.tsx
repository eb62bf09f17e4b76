import { Container, Grid, Stack, Title } from '@mantine/core'
import { useEffect } from 'react'
import { usePageTitle } from '../parts/use-page-title.ts'
import { words } from '../words/index.ts'
import { ApiKeys } from './api-keys.tsx'
import { ChangePassword } from './change-password.tsx'
import { Grants } from './grants.tsx'
import { Sessions } from './sessions.tsx'
import { Usage } from './usage.tsx'

export default function AccountPage() {
  usePageTitle(words.account.title)
  // In braces: browsers of today answer with a promise, which would be taken for the effect's end.
  useEffect(() => {
    window.scrollTo(0, 0)
  }, [])
  return (
    <Container size="lg" py="md">
      <Title order={1} size="h3" mb="md">
        {words.account.title}
      </Title>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="md">
            <Usage />
            <Grants />
            <ChangePassword />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="md">
            <Sessions />
            <ApiKeys />
          </Stack>
        </Grid.Col>
      </Grid>
    </Container>
  )
}
