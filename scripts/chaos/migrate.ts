// Migrates the database of DATABASE_URL, as each service does at its start.

import { migrate } from '@tintype/database'

await migrate(process.env.DATABASE_URL ?? '', { waitMs: 0 })
