// Language, theme, and small screens.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { PAGES } from './support/pages.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

test('the language can be switched, and stays', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('lang', /^es/);
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  await page.goto('/products/1');
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  await expect(page.getByRole('button', { name: 'Add to Cart' })).toBeVisible();
});

test.describe('a browser that asks for English', () => {
  test.use({ locale: 'en-US' });
  test('gets English', async ({ page }) => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  });
});

test('the theme follows the system, and the switch', async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  expect(dark).not.toBe(light);

  await page.getByRole('button', { name: 'Clara' }).click();
  await expect.poll(background).toBe(light);
  await page.goto('/products');
  expect(await background(), 'on the next page').toBe(light);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

  for (const path of PAGES) {
    test(`${path} needs no sideways scrolling`, async ({ page }) => {
      await page.goto(path);
      await fits(page);
    });
  }

  test('neither does a purchase', async ({ page }) => {
    await signUp(page);
    await putIntoCart(page, 9);
    await fits(page);
    await proceedToPayment(page);
    await fits(page);
    await pay(page);
    const [order] = await confirmedOrders(page);
    await fits(page);
    await page.goto(`/orders/${order}`);
    await fits(page);
    await page.goto('/profile');
    await fits(page);
  });
});

async function fits(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: window.innerWidth,
  }));
  expect(content, `the width of ${page.url()}`).toBeLessThanOrEqual(screen);
  expect(screen).toBe(390);
}
