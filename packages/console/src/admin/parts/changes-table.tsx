import classes from './changes-table.module.css'

export interface Change {
  name: string
  before: string
  after: string
}

interface ChangesTableProps {
  label: string
  /** Above the names and both values. */
  columns: [string, string, string]
  changes: Change[]
}

/** What was and what is, side by side. */
export function ChangesTable({ label, columns, changes }: ChangesTableProps) {
  return (
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={classes.before}>{before}</td>
            <td>{after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
