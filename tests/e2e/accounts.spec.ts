// Accounts: making one, and being told clearly what is wrong.
import { orderStatus } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

test('someone new makes an account and buys', async ({ page }) => {
  const name = await putIntoCart(page, 7);
  await signUp(page);
  await page.goto('/cart');
  await expect(page.getByRole('main')).toContainText(name);
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);
  expect(orderStatus(order)).toBe('enviado');
});

test('a wrong password says so and keeps the e-mail address', async ({ page, watch }) => {
  await page.goto('/login');
  await page.fill('[name="email"]', 'test@example.com');
  await page.fill('[name="password"]', 'EstaNoEs123!');
  await page.click('button[type="submit"]');
  await expect(page.getByRole('alert')).toContainText('Credenciales inválidas');
  await expect(page.locator('[name="email"]')).toHaveValue('test@example.com');
  watch.consoleErrors.length = 0; // the browser's own line on the 401
});

test('a password that is too short is refused at its field', async ({ page, watch }) => {
  await page.goto('/register');
  // As a client without checks of its own would send it.
  await page.locator('form:has([name="password"])').evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await page.fill('[name="name"]', 'Lucía Zavala');
  await page.fill('[name="email"]', 'lucia@example.com');
  await page.fill('[name="password"]', 'corta');
  await page.click('button[type="submit"]');
  await expect(page.locator('[name="password"]')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByRole('main')).toContainText(/8/);
  watch.consoleErrors.length = 0; // the browser's own line on the 400
});

test('who signs out is out', async ({ page }) => {
  await signUp(page);
  await page.goto('/orders');
  await expect(page).toHaveURL(/\/orders$/);
  await page.goto('/profile');
  await page.getByRole('button', { name: 'Salir de mi cuenta' }).click();
  await page.goto('/orders');
  await expect(page).toHaveURL(/\/login/);
});
