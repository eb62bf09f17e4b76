import { Badge, List, Progress, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { User } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { useUser } from '../../app/session.ts'
import { Facts } from '../../parts/facts.tsx'
import { formatBytes, formatDate, formatLimit } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { formatNumber } from '../parts/format-tier.ts'
import { OneState } from '../parts/one-state.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { useCanChange } from '../parts/use-can-change.ts'
import { RightsForm } from './rights-form.tsx'
import { SignInSection } from './sign-in-section.tsx'

const w = adminWords.users

export function UserPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['admin', 'users', id], queryFn: () => client.admin.users.get(id) })
  return (
    <OneState query={query} notFound={w.notFound} back={{ href: '/users', label: w.toList }}>
      {(user) => <OneUser user={user} />}
    </OneState>
  )
}

function OneUser({ user }: { user: User }) {
  const canChange = useCanChange()
  const me = useUser()
  const { id, username, usage, tier, role } = user
  return (
    <>
      <PageHead
        title={username}
        back={{ href: '/users', label: w.toList }}
        badges={
          <>
            {user.disabled && (
              <Badge variant="light" color="red">
                {w.disabled}
              </Badge>
            )}
            {id === me.id && <Badge variant="light">{w.you}</Badge>}
          </>
        }
      />
      <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
        <Section title={w.rights}>
          {canChange ? (
            <RightsForm user={user} />
          ) : (
            <Facts
              facts={[
                [
                  w.tier,
                  <RowLink key="tier" href={`/tiers/${tier.id}`}>
                    {tier.name}
                  </RowLink>,
                ],
                [w.role, w.roles[role]],
                [w.email, user.email ?? adminWords.lists.none],
              ]}
            />
          )}
        </Section>
        <Stack>
          <Section title={w.usage}>
            <Stack gap="md">
              <Usage
                label={w.storage}
                used={usage.bytes}
                quota={usage.quotaBytes}
                format={formatBytes}
                formatQuota={formatLimit}
              />
              <Usage label={w.pictures} used={usage.images} quota={usage.quotaImages} format={formatNumber} />
              <Text size="sm" c="dimmed">
                {w.isSince(formatDate(user.createdAt))}
              </Text>
            </Stack>
          </Section>
          <Section title={w.more}>
            <List spacing={6} size="sm">
              <List.Item>
                <RowLink href={`/images?owner=${id}`}>{w.theirPictures}</RowLink>
              </List.Item>
              <List.Item>
                <RowLink href={`/links?owner=${id}`}>{w.theirLinks}</RowLink>
              </List.Item>
              <List.Item>
                <RowLink href={`/audit?subject=${id}`}>{w.changesOf}</RowLink>
              </List.Item>
              {role !== 'user' && (
                <List.Item>
                  <RowLink href={`/audit?actor=${id}`}>{w.changesBy}</RowLink>
                </List.Item>
              )}
            </List>
          </Section>
          {canChange && id !== me.id && <SignInSection user={user} />}
        </Stack>
      </SimpleGrid>
    </>
  )
}

interface UsageProps {
  label: string
  used: number
  quota: number
  format: (value: number) => string
  /** Where it is told otherwise. */
  formatQuota?: (value: number) => string
}

function Usage({ label, used, quota, format, formatQuota = format }: UsageProps) {
  const percent = quota === 0 ? 100 : Math.min(100, (used / quota) * 100)
  const text = w.of(format(used), formatQuota(quota))
  return (
    <div>
      <Text size="sm" display="flex" style={{ justifyContent: 'space-between' }} mb={6}>
        <span>{label}</span>
        <span>{text}</span>
      </Text>
      <Progress.Root size="md">
        <Progress.Section
          value={percent}
          aria-label={label}
          aria-valuetext={text}
          {...(percent > 90 ? { color: 'red' } : {})}
        />
      </Progress.Root>
    </div>
  )
}
