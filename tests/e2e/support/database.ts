// Looks into the shop's own database: what the tests promise must be true there, not only on the page.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'database.py');
const DATABASE_URL = process.env.DATABASE_URL ?? `sqlite:${join(process.env.DATA_DIR ?? 'data', 'textisur.db')}`;

/** The rows that a statement finds. Python speaks to either database; Node 20 to none. */
export function rows(sql: string, ...values: string[]): Record<string, unknown>[] {
  const env = { ...process.env, DATABASE_URL };
  return JSON.parse(execFileSync(process.env.PYTHON ?? 'python3', [SCRIPT, sql, ...values], { encoding: 'utf8', env }));
}

/** Where the order stands: `pendiente`, `pagado`, `enviado`… */
export function orderStatus(id: string): string {
  const [order] = rows('SELECT status FROM orders WHERE id = ?', id);
  if (!order) throw new Error(`no order ${id} in the database`);
  return String(order.status);
}

/** Changes something behind the scenes that no page changes: who is an admin. */
export function write(sql: string, ...values: string[]): void {
  rows(sql, ...values);
}
