// The whole purchase by HTML alone: links, forms and redirects.
import { orderStatus } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { CARDS, confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

test.use({ javaScriptEnabled: false });

test('everything up to the confirmation works without JavaScript', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('main').locator('a[href^="/products/"]').first().click();
  await page.waitForURL(/\/products\/\d+/);

  await signUp(page);
  await putIntoCart(page, 1);
  await proceedToPayment(page);
  await pay(page, CARDS.declined);
  await expect(page.getByRole('alert')).toBeVisible();
  await pay(page, CARDS.good);
  const [order] = await confirmedOrders(page);
  expect(orderStatus(order)).toBe('enviado');
});

test('search, filters and pages are links and forms', async ({ page }) => {
  await page.goto('/products');
  await page.locator('a[rel="next"]').first().click();
  await expect(page).toHaveURL(/page=2|cursor=/);
  await page.goto('/products?sort=price_asc');
  await expect(page.getByRole('main').locator('a[href^="/products/"]').first()).toBeVisible();
});
