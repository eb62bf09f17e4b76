// biome-ignore-all lint/a11y/noRedundantRoles: laid out as cards, it is no table to a browser.
import type { ReactNode } from 'react'
import classes from './data-table.module.css'

export interface Column<T> {
  name: string
  /** Above the column; on a phone, before each value. */
  label: string
  render: (item: T) => ReactNode
  /** `action`: buttons, without a label of their own. */
  kind?: 'text' | 'number' | 'action'
}

interface DataTableProps<T> {
  /** What it is a table of, for who does not see it. */
  label: string
  columns: Column<T>[]
  items: T[]
  keyOf: (item: T) => string
}

/**
 * A table, which on a phone is a card for each row. The roles are said, since
 * browsers forget what a table is as soon as it is laid out in another way.
 */
export function DataTable<T>({ label, columns, items, keyOf }: DataTableProps<T>) {
  return (
    <table className={classes.table} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ name, label, kind }) => (
            <th key={name} scope="col" role="columnheader" data-kind={kind}>
              {kind === 'action' ? <span className={classes.unseen}>{label}</span> : label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((item) => (
          <tr key={keyOf(item)} role="row">
            {columns.map(({ name, label, render, kind }) => (
              <td key={name} role="cell" data-kind={kind}>
                {kind !== 'action' && (
                  <span className={classes.label} aria-hidden>
                    {label}
                  </span>
                )}
                <div className={classes.value}>{render(item)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
