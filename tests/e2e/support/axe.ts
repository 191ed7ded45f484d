// Deque's axe on the page at hand: WCAG 2.2 A and AA, and its best practices.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** One line a violation: the rule, what it says, and where. */
export async function violations(page: Page): Promise<string[]> {
  // Not as a <script>: the pages' own policy forbids that, rightly.
  await page.evaluate(SOURCE);
  return page.evaluate(async () => {
    const { violations, passes } = await (window as any).axe.run(document);
    if (passes.length < 10) throw new Error('axe found next to nothing to look at');
    return violations.map(({ id, help, nodes }: any) => `${id}: ${help}: ${nodes.map((n: any) => n.target.join(' ')).join(', ')}`);
  });
}
