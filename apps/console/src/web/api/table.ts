import type { ObjectMeta } from './objects.ts'

/** `meta.k8s.io/v1` Table: what kubectl prints, made by the server for every kind. */
export interface Table {
  readonly kind: 'Table'
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly columnDefinitions?: readonly ColumnDefinition[] | null
  readonly rows?: readonly TableRow[] | null
}

export interface ColumnDefinition {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  /** 0 is always shown; more is for wide output. */
  readonly priority: number
}

export interface TableRow {
  readonly cells: readonly unknown[]
  readonly object: { readonly metadata: ObjectMeta }
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** A row of a list: what is shown, and whose it is. */
export interface Row {
  /** The object's uid, or its place where there is none. */
  readonly key: string
  readonly cells: readonly unknown[]
  readonly metadata: ObjectMeta
}

export function rowOf({ cells, object: { metadata } }: TableRow): Row {
  return { key: metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`, cells, metadata }
}

export type ColumnKind = 'cell' | 'name' | 'namespace' | 'age'

/** A column of the page: the server's, or one that the page makes of the metadata. */
export interface Column {
  readonly title: string
  readonly kind: ColumnKind
  /** The place among the server's cells. */
  readonly index: number
  readonly description?: string | undefined
}

/**
 * The columns of a list: the server's normal ones, with the namespace where several are listed. The age is
 * counted here, since the server's would stand still. Pure.
 */
export function columnsOf(definitions: readonly ColumnDefinition[], withNamespace: boolean): Column[] {
  const columns = definitions.flatMap(({ name, format, description, priority }, index): Column[] => {
    if (priority > 0) return []
    const kind = format === 'name' ? 'name' : name === 'Age' ? 'age' : 'cell'
    return [{ title: name, kind, index, description }]
  })
  const namespace: Column = { title: 'Namespace', kind: 'namespace', index: -1 }
  if (!withNamespace) return columns
  return columns.flatMap((column) => (column.kind === 'name' ? [column, namespace] : [column]))
}

/** What a column says about a row, as text. Pure. */
export function textOf(row: Row, { kind, index }: Column): string {
  if (kind === 'name') return row.metadata.name
  if (kind === 'namespace') return row.metadata.namespace ?? ''
  if (kind === 'age') return row.metadata.creationTimestamp ?? ''
  return cellText(row.cells[index])
}

/** A cell as text. Pure. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '-'
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}
