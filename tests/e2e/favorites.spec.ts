// Favourites: a heart wherever a product is shown, and the page that finds them again.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { newEmail, PASSWORD, signIn, signUp, submitLogin } from './support/shop.ts';

test('a heart fills at once, says so, and stays full', async ({ page }) => {
  const email = await signUp(page);
  await page.goto('/products');
  const heart = page.locator('.card').nth(2).getByRole('button', { name: /^Favorito/ });
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  const saved = page.waitForResponse((answer) => answer.url().includes('/favorites/'));
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('#toast')).toHaveText(/Guardado en tus favoritos/);
  await saved;
  expect(page.url(), 'the page is not left').toMatch(/\/products$/);
  expect(favoritesOf(email)).toHaveLength(1);

  await page.reload();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  const name = await page.locator('.card').nth(2).getByRole('heading').innerText();
  await page.goto('/favorites');
  await expect(page.getByRole('main')).toContainText(name);
  expect(await violations(page)).toEqual([]);

  const emptied = page.waitForResponse((answer) => answer.url().includes('/favorites/'));
  await page.getByRole('button', { name: `Favorito: ${name}` }).click();
  await emptied;
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Aún no guardas favoritos' })).toBeVisible();
});

test('a heart that the shop refuses is empty again', async ({ page, watch }) => {
  await signUp(page);
  await page.goto('/products/3');
  await page.route('**/favorites/3', (route) => route.fulfill({ status: 409, json: { message: 'Ya tienes 500 favoritos.' } }));
  const heart = page.locator('.named').getByRole('button', { name: /^Favorito/ });
  await heart.click();
  await expect(page.locator('#toast')).toHaveText(/500/);
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  watch.consoleErrors.length = 0; // the browser's own line on the 409
});

test('a guest\'s heart goes through the login and comes back full', async ({ browser, page }) => {
  const email = await signUp(page);
  const guest = await (await browser.newContext()).newPage();
  await guest.goto('/products/11');
  await pressHeart(guest);
  await guest.waitForURL(/\/login/);
  await submitLogin(guest, email);
  await expect(guest).toHaveURL(/\/products\/11/);
  await expect(guest.getByRole('status').filter({ hasText: 'Guardado en tus favoritos' }).first()).toBeVisible();
  await expect(guest.locator('.named [aria-pressed]')).toHaveAttribute('aria-pressed', 'true');
  expect(favoritesOf(email)).toEqual([11]);
  await guest.context().close();
});

test('somebody new does so by making an account', async ({ page }) => {
  await page.goto('/products/12');
  await pressHeart(page);
  await page.getByRole('link', { name: 'Crea una' }).click();
  const email = newEmail();
  await page.fill('[name="name"]', 'Lucía Zavala');
  await page.fill('[name="email"]', email);
  await page.fill('[name="password"]', PASSWORD);
  await page.click('button[type="submit"]');
  await expect(page).toHaveURL(/\/products\/12/);
  expect(favoritesOf(email)).toEqual([12]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('hearts are forms that lead back', async ({ page }) => {
    const email = await signUp(page);
    await page.goto('/products?category=rebozos');
    await page.locator('.card').first().getByRole('button', { name: /^Favorito/ }).click();
    await expect(page).toHaveURL(/\/products\?category=rebozos&notice=kept/);
    await expect(page.locator('.card').first().locator('[aria-pressed]')).toHaveAttribute('aria-pressed', 'true');
    expect(favoritesOf(email)).toHaveLength(1);
    await page.goto('/favorites');
    await page.locator('.card').first().getByRole('button', { name: /^Favorito/ }).click();
    await expect(page.getByRole('heading', { name: 'Aún no guardas favoritos' })).toBeVisible();
    expect(favoritesOf(email)).toHaveLength(0);
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme on a phone`, () => {
    test.use({ colorScheme, viewport: { width: 390, height: 844 } });

    test('the page has no barrier', async ({ page }) => {
      await signIn(page, 'user20@test.com');
      for (const product of [21, 22, 23]) {
        await page.goto(`/products/${product}`);
        const heart = page.locator('.named button');
        if ((await heart.getAttribute('aria-pressed')) === 'false') {
          const saved = page.waitForResponse((answer) => answer.url().includes('/favorites/'));
          await heart.click();
          await saved;
        }
      }
      await page.goto('/favorites');
      await expect(page.locator('.card')).toHaveCount(3);
      await keepPicture(page, `favorites phone ${colorScheme}`);
      expect(await violations(page)).toEqual([]);
    });
  });
}

async function pressHeart(page: Page): Promise<void> {
  await page.locator('.named').getByRole('button', { name: /^Favorito/ }).click();
}

function favoritesOf(email: string): number[] {
  const found = rows('SELECT product_id FROM favorites f JOIN users u ON u.id = f.user_id WHERE u.email = ?', email);
  return found.map(({ product_id }) => Number(product_id));
}
