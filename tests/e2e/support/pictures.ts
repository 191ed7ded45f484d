// Pictures of the pages, for people to look at after a run.
import { join } from 'node:path';
import type { Page } from '@playwright/test';

const FOLDER = join(process.env.RESULTS_DIR ?? 'tests/.results/e2e', 'pages');

/** The whole page, as `NAME.png`. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const file = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  await page.screenshot({ path: join(FOLDER, `${file}.png`), fullPage: true });
}
