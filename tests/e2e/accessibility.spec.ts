// axe finds nothing on any page, in either theme. A picture of each is kept in tests/.results/e2e/pages.
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { CARDS, confirmedOrders, pay, proceedToPayment, putIntoCart, signIn } from './support/shop.ts';
import { PAGES } from './support/pages.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    for (const path of PAGES) {
      test(`${path} has no barrier`, async ({ page }) => {
        await page.goto(path);
        await keepPicture(page, `${path === '/' ? 'home' : path} ${colorScheme}`);
        expect(await violations(page)).toEqual([]);
      });
    }

    test('neither have the pages of a purchase', async ({ page }) => {
      const hasNone = async (what: string) => {
        await keepPicture(page, `${what} ${colorScheme}`);
        expect(await violations(page), what).toEqual([]);
      };
      await signIn(page, 'test@example.com');
      await putIntoCart(page, 8);
      await hasNone('a cart with something in it');

      await proceedToPayment(page);
      await hasNone('the payment page');
      await pay(page, CARDS.declined);
      await expect(page.getByRole('alert')).toBeVisible();
      await hasNone('the payment page with an error');

      await pay(page);
      const [order] = await confirmedOrders(page);
      await hasNone('the confirmation');
      await page.goto('/orders');
      await hasNone('the orders');
      await page.goto(`/orders/${order}`);
      await hasNone('an order');
    });

    test('neither has a page that is not there', async ({ page, watch }) => {
      await page.goto('/no-hay-tal-cosa');
      expect(await violations(page)).toEqual([]);
      watch.consoleErrors.length = 0; // the browser's own line on the 404
    });
  });
}
