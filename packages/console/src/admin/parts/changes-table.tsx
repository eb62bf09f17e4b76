import classes from './changes-table.module.css'

export interface Change {
  name: string
  /** As many as there are columns after the first. */
  values: string[]
}

interface ChangesTableProps {
  label: string
  /** Above the names, and above their values. */
  columns: string[]
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
        {changes.map(({ name, values }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, index) => (
              <td key={columns[index + 1]}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
