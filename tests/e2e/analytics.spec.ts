// What a seller sold: figures, charts, tables without JavaScript, downloads.
import { readFileSync } from 'node:fs';
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signIn } from './support/shop.ts';

const ADDRESS = '/dashboard/vendedor/analytics';

/** Buys something of the first store, so that there is a sale to see. */
async function sell(page: import('@playwright/test').Page): Promise<void> {
  await signIn(page, 'user9@test.com');
  await putIntoCart(page, 1);
  await proceedToPayment(page);
  await pay(page);
  await confirmedOrders(page);
  await page.context().clearCookies();
}

test('a seller sees what was sold, as charts and as figures', async ({ page }) => {
  await sell(page);
  await signIn(page, 'vendedor1@test.com');
  await page.goto(ADDRESS);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ventas');
  await expect(page.locator('.chart canvas')).toHaveCount(2);
  await page.getByText('Ver las cifras: Por día').click();
  const rows = page.locator('#t-days tbody tr');
  await expect(rows).toHaveCount(30);
  await expect(rows.last().locator('td').first()).not.toHaveText('0');
  await expect(page.getByRole('link', { name: /Playera/ }).first()).toBeVisible();
  await page.getByRole('link', { name: '7 días' }).click();
  await expect(page.locator('#t-days tbody tr')).toHaveCount(7);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Por producto (CSV)' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^textisur-ventas-por-producto-.*\.csv$/);
  expect(readFileSync(await file.path(), 'utf8')).toContain('Playera');
});

test('a period that is none is said, and the page still shows something', async ({ page, watch }) => {
  await signIn(page, 'vendedor1@test.com');
  await page.goto(`${ADDRESS}?from=2026-02-02&to=2026-02-01`);
  await expect(page.getByRole('alert')).toContainText('no puede ser anterior');
  await expect(page.locator('.figure')).toHaveCount(3);
  watch.consoleErrors.length = 0; // the browser's own line on the 400
});

test('a buyer finds no such page', async ({ page, watch }) => {
  await signIn(page, 'test@example.com');
  const answer = await page.goto(ADDRESS);
  expect(answer?.status()).toBe(404);
  watch.consoleErrors.length = 0; // the browser's own line on the 404
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the figures are in tables', async ({ page }) => {
    await signIn(page, 'vendedor1@test.com');
    await page.goto(ADDRESS);
    await expect(page.locator('.chart').first()).toBeHidden();
    await page.getByText('Ver las cifras: Por hora del día').click();
    await expect(page.locator('#t-hours tbody tr')).toHaveCount(24);
    await expect(page.locator('#t-hours')).toBeVisible();
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${colorScheme}, ${width} wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 } });

      test('analytics has no barrier and nothing sticks out', async ({ page }) => {
        await signIn(page, 'vendedor1@test.com');
        await page.goto(ADDRESS);
        await expect(page.locator('.chart canvas')).toHaveCount(2);
        await keepPicture(page, `analytics ${colorScheme} ${width}`);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      });
    });
  }
}
