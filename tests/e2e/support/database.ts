// Looks into the shop's own database: what the tests promise must be true there, not only on the page.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const QUERY = `
import json, sqlite3, sys
connection = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True, timeout=10)
connection.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in connection.execute(sys.argv[2], sys.argv[3:])]))
`;

/** The rows that a statement finds. Python brings SQLite; Node 20 does not. */
export function rows(sql: string, ...values: string[]): Record<string, unknown>[] {
  const database = join(process.env.DATA_DIR ?? 'data', 'textisur.db');
  return JSON.parse(execFileSync('python3', ['-c', QUERY, database, sql, ...values], { encoding: 'utf8' }));
}

/** Where the order stands: `pendiente`, `pagado`, `enviado`… */
export function orderStatus(id: string): string {
  const [order] = rows('SELECT status FROM orders WHERE id = ?', id);
  if (!order) throw new Error(`no order ${id} in the database`);
  return String(order.status);
}

const STATEMENT = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=10)
connection.execute(sys.argv[2], sys.argv[3:])
connection.commit()
`;

/** Changes something behind the scenes that no page changes: who is an admin. */
export function write(sql: string, ...values: string[]): void {
  const database = join(process.env.DATA_DIR ?? 'data', 'textisur.db');
  execFileSync('python3', ['-c', STATEMENT, database, sql, ...values]);
}
