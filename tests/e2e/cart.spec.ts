// The cart: a guest's, a buyer's, and both in one.
import type { Page } from '@playwright/test';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { addToCart, confirmedOrders, pay, proceedToPayment, putIntoCart, signUp, submitLogin } from './support/shop.ts';

test('a guest\'s cart joins the buyer\'s at login, on the way to the payment', async ({ browser, page }) => {
  // The buyer left something in the cart on another day, on another device.
  const email = await signUp(page);
  const first = await putIntoCart(page, 4);

  const elsewhere = await browser.newContext();
  const guest = await elsewhere.newPage();
  const second = await putIntoCart(guest, 5);
  await guest.click('text=Proceder al Pago');
  await guest.waitForURL(/\/login/);
  await submitLogin(guest, email);

  await guest.goto('/cart');
  await expect(guest.getByRole('main')).toContainText(first);
  await expect(guest.getByRole('main')).toContainText(second);
  await proceedToPayment(guest);
  await pay(guest);
  const orders = await confirmedOrders(guest);
  expect(orders.length).toBeGreaterThanOrEqual(1);
  await elsewhere.close();
});

test('the quantity can be changed, and the line taken out', async ({ page }) => {
  const name = await putIntoCart(page, 6);
  const main = page.getByRole('main');
  const quantity = main.getByLabel(/^Cantidad/);
  const one = await main.locator('.total').innerText();
  await quantity.fill('2');
  await quantity.press('Enter');
  await expect(main.locator('.total')).not.toHaveText(one);
  await page.reload();
  await expect(quantity).toHaveValue('2');

  await main.getByRole('button', { name: /^Quitar/ }).click();
  await expect(main).not.toContainText(name);
  await expect(main).toContainText(/vacío/i);
});

test('a size that is sold out cannot be chosen', async ({ page }) => {
  const gone = variant('stock = 0');
  await page.goto(`/products/${gone.product_id}?color=${encodeURIComponent(gone.color)}`);
  await expect(page.locator(`[name="variant"][value="${gone.id}"]`)).toBeDisabled();
});

test('the last pieces go to who pays first; the other is told, and pays nothing', async ({ browser, page }) => {
  const last = variant('stock - reserved BETWEEN 1 AND 20');
  await signUp(page);
  const name = await putVariantIntoCart(page, last, 1);

  const elsewhere = await browser.newContext();
  const faster = await elsewhere.newPage();
  await signUp(faster);
  await putVariantIntoCart(faster, last, last.stock - last.reserved);
  await proceedToPayment(faster);

  await page.reload();
  const main = page.getByRole('main');
  await expect(main).toContainText('Ya no hay existencias');
  await expect(main.getByRole('button', { name: 'Proceder al Pago' })).toBeDisabled();
  await page.goto(`/products/${last.product_id}?color=${encodeURIComponent(last.color)}`);
  await expect(page.locator(`[name="variant"][value="${last.id}"]`)).toBeDisabled();

  // The faster one thinks again: the pieces are there for the next.
  await faster.getByRole('link', { name: 'Cancelar y volver a la tienda' }).click();
  await faster.getByRole('button', { name: 'Cancelar la compra' }).click();
  await faster.waitForURL('**/cart**');
  await page.goto('/cart');
  await expect(main).toContainText(name);
  await expect(main.getByRole('link', { name: 'Proceder al Pago' }), 'by way of the address').toBeVisible();
  await elsewhere.close();
});

type Variant = { id: number; product_id: number; color: string; stock: number; reserved: number };

/** The demo catalogue's first variant of which this holds. */
function variant(condition: string): Variant {
  const [found] = rows(`SELECT id, product_id, color, stock, reserved FROM variants WHERE ${condition} ORDER BY id LIMIT 1`);
  expect(found, `a variant with ${condition}`).toBeTruthy();
  return found as Variant;
}

/** Leaves the page at the cart; returns the product's name. */
async function putVariantIntoCart(page: Page, { id, product_id, color }: Variant, quantity: number): Promise<string> {
  await page.goto(`/products/${product_id}?color=${encodeURIComponent(color)}`);
  await page.locator(`label:has([name="variant"][value="${id}"])`).click();
  await page.getByLabel('Cantidad').fill(String(quantity));
  return addToCart(page);
}
