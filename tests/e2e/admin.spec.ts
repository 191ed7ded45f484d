// What admins do, in a browser.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { write } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { PASSWORD, confirmedOrders, pay, proceedToPayment, putIntoCart, signIn, signUp } from './support/shop.ts';

/** Makes an admin and signs in; the command that does it for people has its own tests. */
async function becomeAdmin(page: Page): Promise<string> {
  const email = await signUp(page);
  write("UPDATE users SET role = 'admin' WHERE email = ?", email);
  return email;
}

test('for everybody else there is no such page', async ({ page, watch }) => {
  for (const path of ['/admin', '/admin/users', '/admin/stores', '/admin/orders', '/admin/analytics']) {
    expect((await page.goto(path))?.status(), path).toBe(404);
  }
  await signIn(page, 'vendedor1@test.com');
  expect((await page.goto('/admin/users'))?.status()).toBe(404);
  watch.consoleErrors.length = 0; // the browser's own lines on the 404s
});

test('a user is found, suspended and reinstated, and it is all written down', async ({ page, browser, watch }) => {
  const theirs = await browser.newPage();
  const email = await signUp(theirs);
  await becomeAdmin(page);
  await page.goto('/admin/users');
  await page.getByLabel('Nombre o correo').fill(email);
  await page.getByRole('button', { name: 'Buscar', exact: true }).last().click();
  await expect(page.locator('.dense tbody tr')).toHaveCount(1);
  await page.locator('.dense tbody a').first().click();
  await page.getByLabel('Motivo').fill('Compras con tarjetas robadas');
  await page.getByRole('button', { name: 'Suspender' }).click();
  await expect(page.getByRole('status').first()).toContainText('Listo');
  await expect(page.locator('main .status').first()).toHaveText('Suspendido');
  await expect(page.locator('.dense')).toContainText('Compras con tarjetas robadas');

  await theirs.goto('/profile');
  await expect(theirs).toHaveURL(/\/login/);
  await theirs.fill('[name="email"]', email);
  await theirs.fill('[name="password"]', PASSWORD);
  await theirs.click('button[type="submit"]');
  await expect(theirs.getByRole('alert')).toContainText('suspendida');

  await page.getByRole('button', { name: 'Levantar la suspensión' }).click();
  await expect(page.locator('main .status').first()).toHaveText('Activo');
  await signIn(theirs, email);
  await theirs.close();
  watch.consoleErrors.length = 0;
});

test('a store is suspended and comes back', async ({ page, browser, watch }) => {
  await becomeAdmin(page);
  await page.goto('/admin/stores?search=vendedor5%40');
  await page.locator('.dense tbody th a').click();
  const slug = (await page.getByRole('link', { name: 'Ver su página' }).getAttribute('href'))!;
  await page.getByLabel('Motivo').fill('No surte sus pedidos');
  await page.getByRole('button', { name: 'Suspender' }).click();
  await expect(page.locator('main .status').first()).toHaveText('Suspendida');
  const guest = await browser.newPage();
  expect((await guest.goto(slug))?.status()).toBe(404);
  await page.getByRole('button', { name: 'Levantar la suspensión' }).click();
  await expect(page.locator('main .status').first()).toHaveText('En venta');
  expect((await guest.goto(slug))?.status()).toBe(200);
  await guest.close();
  watch.consoleErrors.length = 0;
});

test('an order is found and paid back', async ({ page }) => {
  await signIn(page, 'user8@test.com');
  await putIntoCart(page, 1);
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);
  await page.context().clearCookies();
  await becomeAdmin(page);
  await page.goto('/admin/orders');
  await page.getByLabel(/Número de pedido/).fill(order!);
  await page.getByRole('button', { name: 'Buscar', exact: true }).last().click();
  await page.locator('.dense tbody th a').click();
  await page.getByRole('button', { name: 'Reembolsar el pedido completo' }).click();
  await expect(page.locator('main .status').first()).toHaveText('Reembolsado');
  await expect(page.locator('.dense')).toContainText('Reembolsó un pedido');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${colorScheme}, ${width} wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 } });

      test('the pages have no barrier and nothing sticks out', async ({ page }) => {
        await becomeAdmin(page);
        for (const path of ['/admin', '/admin/users', '/admin/users/2', '/admin/stores', '/admin/stores/1', '/admin/orders', '/admin/analytics']) {
          await page.goto(path);
          await keepPicture(page, `${path} ${colorScheme} ${width}`);
          expect(await violations(page), path).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
        }
      });
    });
  }
}
