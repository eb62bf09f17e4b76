import type { Product } from './product.ts'

/**
 * Writes so many ready images of one owner with their thumbnails' rows, in
 * statements of PostgreSQL's own. Their ids sort as those of uploads do. There are no bytes behind them.
 */
export async function insertManyImages(
  { sql }: Product,
  { ownerId, count, heights }: { ownerId: string; count: number; heights: number[] },
): Promise<void> {
  const names = heights.map((height) => `h${height}`)
  await sql.begin(async (tx) => {
    // A million events of what never happened would be part of nothing that is measured.
    await tx`ALTER TABLE images DISABLE TRIGGER USER`
    await tx`
      INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes, state)
      SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
        ${ownerId}, 'Photograph ' || n, 'photo-' || n || '.jpg', md5(n::text), 'jpeg', 3000, 2000, 2000000, 'ready'
      FROM generate_series(1, ${count}::integer) AS n`
    await tx`
      INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
      SELECT i.id, name, 'renditions/' || i.id || '/' || name || '.1.jpg', 'jpeg', 300, 200, 10000
      FROM images i, unnest(${names}::text[]) AS name WHERE i.owner_id = ${ownerId}`
    await tx`UPDATE users SET used_images = ${count}, used_bytes = ${count}::bigint * 2000000 WHERE id = ${ownerId}`
    await tx`ALTER TABLE images ENABLE TRIGGER USER`
  })
  await sql`ANALYZE images, renditions`
}
