// Paying: the seed's purchase, and what happens when paying does not work at once.
import { orderStatus, rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { CARDS, confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

test.describe('Checkout Flow', () => {
  // The seed's own test, step by step.
  test('Complete purchase with Stripe', async ({ page }) => {
    // Login
    await page.goto('/login');
    await page.fill('[name="email"]', 'test@example.com');
    await page.fill('[name="password"]', 'TestPassword123!');
    await page.click('button[type="submit"]');

    // Add product to cart
    await page.goto('/products/1');
    await page.click('text=Agregar al Carrito');

    // Go to checkout
    await page.goto('/cart');
    await page.click('text=Proceder al Pago');

    // Wait for Stripe redirect
    await page.waitForURL(/checkout\.stripe\.com/);

    // Fill Stripe form (test mode)
    await page.fill('[name="cardNumber"]', '4242424242424242');
    await page.fill('[name="cardExpiry"]', '12/34');
    await page.fill('[name="cardCvc"]', '123');
    await page.fill('[name="billingName"]', 'Test User');

    // Submit payment
    await page.click('button[type="submit"]');

    // Verify redirect to success page
    await page.waitForURL('**/orders/success');
    await expect(page.locator('text=Pedido Confirmado')).toBeVisible();

    // Verify order in database
    const orderId = await page.locator('[data-order-id]').getAttribute('data-order-id');
    expect(orderStatus(String(orderId))).toBe('enviado');
  });
});

test('a declined card says why and lets the buyer try another', async ({ page }) => {
  await signUp(page);
  await putIntoCart(page, 2);
  await proceedToPayment(page);

  await pay(page, CARDS.declined);
  await expect(page.getByRole('alert')).toContainText(/rechazada|declined/i);
  await pay(page, CARDS.withoutFunds);
  await expect(page.getByRole('alert')).toContainText(/fondos|funds/i);

  await pay(page, CARDS.good);
  const [order] = await confirmedOrders(page);
  expect(orderStatus(order)).toBe('enviado');
});

test('the expiry date may be typed with its slash, and the month without its nought', async ({ page }) => {
  await signUp(page);
  await putIntoCart(page, 2);
  await proceedToPayment(page);

  const expiry = page.locator('[name="cardExpiry"]');
  for (const [typed, read] of [['12/34', '12/34'], ['1234', '12/34'], ['6/34', '06/34']]) {
    await expiry.fill('');
    await expiry.pressSequentially(typed);
    await expect(expiry).toHaveValue(read);
  }
  await page.locator('[name="cardNumber"]').pressSequentially('4242424242424242');
  await expect(page.locator('[name="cardNumber"]')).toHaveValue('4242 4242 4242 4242');
});

test('a card with 3-D Secure pays once the bank has the buyer\'s word', async ({ page }) => {
  await signUp(page);
  await putIntoCart(page, 2);
  await proceedToPayment(page);

  await pay(page, CARDS.asksFor3dSecure);
  await page.getByRole('button', { name: 'Completar autenticación' }).click();
  const [order] = await confirmedOrders(page);
  expect(orderStatus(order)).toBe('enviado');
});

test('a failed 3-D Secure challenge pays nothing, and the buyer can still pay by another card', async ({ page }) => {
  const email = await signUp(page);
  await putIntoCart(page, 2);
  await proceedToPayment(page);

  await pay(page, CARDS.asksFor3dSecure);
  await page.getByRole('button', { name: 'Rechazar autenticación' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  expect(ordersOf(email)).toEqual(['pendiente']);

  await pay(page, CARDS.good);
  await confirmedOrders(page);
  expect(ordersOf(email)).toEqual(['enviado']);
});

test('who goes back from the payment page finds the cart as it was', async ({ page }) => {
  await signUp(page);
  const name = await putIntoCart(page, 2);
  await proceedToPayment(page);

  await page.getByRole('link', { name: 'Cancelar y volver a la tienda' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Tu pago no se completó');
  await page.getByRole('button', { name: 'Cancelar la compra' }).click();
  await page.waitForURL('**/cart**');
  await expect(page.getByRole('main')).toContainText(name);

  await proceedToPayment(page);
  await pay(page);
  await confirmedOrders(page);
  await page.goto('/cart');
  await expect(page.getByRole('main')).not.toContainText(name);
});

test('a paid order can be looked up afterwards', async ({ page }) => {
  await signUp(page);
  const name = await putIntoCart(page, 3);
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);

  await page.goto('/orders');
  await page.locator(`a[href="/orders/${order}"]`).first().click();
  await page.waitForURL(`**/orders/${order}`);
  await expect(page.getByRole('main')).toContainText(name);
  await expect(page.getByRole('main')).toContainText(/enviado/i);
});

/** Where each order of the buyer stands, the oldest first. */
function ordersOf(email: string): unknown[] {
  const sql = 'SELECT o.status FROM orders o JOIN users u ON u.id = o.buyer_id WHERE u.email = ? ORDER BY o.id';
  return rows(sql, email).map((order) => order.status);
}
