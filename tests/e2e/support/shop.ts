// What people do in the shop, in the words they see.
import { expect, type Page } from '@playwright/test';

/** Stripe's documented test cards. */
export const CARDS = {
  good: '4242424242424242',
  declined: '4000000000000002',
  withoutFunds: '4000000000009995',
  asksFor3dSecure: '4000002760003184',
};

export const PASSWORD = 'TestPassword123!';

let people = 0;

/** An e-mail address that nobody has yet. */
export function newEmail(): string {
  people += 1;
  return `e2e-${process.pid}-${Date.now()}-${people}@example.com`;
}

export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/login');
  await submitLogin(page, email, password);
}

/** On the login page already: where it leads is up to the shop. */
export async function submitLogin(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.fill('[name="email"]', email);
  await page.fill('[name="password"]', password);
  await page.click('button[type="submit"]');
  await expect(page).not.toHaveURL(/\/login/);
}

/** Makes an account, which signs in. Returns its e-mail address. */
export async function signUp(page: Page): Promise<string> {
  const email = newEmail();
  await page.goto('/register');
  await page.fill('[name="name"]', 'Lucía Zavala');
  await page.fill('[name="email"]', email);
  await page.fill('[name="password"]', PASSWORD);
  await page.click('button[type="submit"]');
  await expect(page).not.toHaveURL(/\/register/);
  return email;
}

/** Leaves the page at the cart; returns the product's name. */
export async function putIntoCart(page: Page, product: number): Promise<string> {
  await page.goto(`/products/${product}`);
  return addToCart(page);
}

/** On a product's page already: what is chosen there goes into the cart. */
export async function addToCart(page: Page): Promise<string> {
  const name = (await page.getByRole('heading', { level: 1 }).innerText()).trim();
  const added = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().includes('/cart/items'));
  await page.click('text=Agregar al Carrito');
  await added;
  await page.goto('/cart');
  await expect(page.getByRole('main')).toContainText(name);
  return name;
}

/** From the cart to the hosted payment page. Who has not said yet where to send it is asked on the way. */
export async function proceedToPayment(page: Page): Promise<void> {
  await page.goto('/cart');
  await page.click('text=Proceder al Pago');
  await page.waitForURL(/checkout/);
  if (new URL(page.url()).pathname === '/checkout') {
    await fillInAddress(page);
    await page.click('text=Proceder al Pago');
  }
  await page.waitForURL(/checkout\.stripe\.com/);
}

/** On a form for an address. */
async function fillInAddress(page: Page): Promise<void> {
  await page.fill('[name="recipient"]', 'Lucía Zavala');
  await page.fill('[name="phone"]', '4451234567');
  await page.fill('[name="street"]', 'Juárez 45');
  await page.fill('[name="neighborhood"]', 'Centro');
  await page.fill('[name="city"]', 'Uriangato');
  await page.fill('[name="state"]', 'Guanajuato');
  await page.fill('[name="postalCode"]', '38980');
}

/** Fills in the hosted payment page and submits it. */
export async function pay(page: Page, card = CARDS.good): Promise<void> {
  await page.fill('[name="cardNumber"]', card);
  await page.fill('[name="cardExpiry"]', '12/34');
  await page.fill('[name="cardCvc"]', '123');
  await page.fill('[name="billingName"]', 'Lucía Zavala');
  await page.click('button[type="submit"]');
}

/** Waits for the confirmation; returns the ids of the orders, one a store. */
export async function confirmedOrders(page: Page): Promise<string[]> {
  await page.waitForURL('**/orders/success');
  await expect(page.locator('text=Pedido Confirmado')).toBeVisible();
  const orders = await page.locator('[data-order-id]').all();
  const ids = await Promise.all(orders.map((order) => order.getAttribute('data-order-id')));
  return [...new Set(ids.map(String))];
}
