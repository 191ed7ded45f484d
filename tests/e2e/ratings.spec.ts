// Ratings: given by those who have the product, read by everybody.
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'in a browser with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a buyer receives, rates, changes and takes it back', async ({ page }) => {
      const product = javaScriptEnabled ? 31 : 32;
      await page.goto(`/products/${product}`);
      await expect(page.locator('#rate')).toContainText('Entra a tu cuenta');
      await signUp(page);
      await page.goto(`/products/${product}`);
      await expect(page.locator('#rate')).toContainText('comprado y recibido');

      await putIntoCart(page, product);
      await proceedToPayment(page);
      await pay(page);
      const [order] = await confirmedOrders(page);
      await page.goto(`/orders/${order}`);
      await page.getByRole('button', { name: 'Ya lo recibí' }).click();
      await page.getByRole('link', { name: /^Calificar/ }).click();
      await page.waitForURL(`**/products/${product}#rate`);

      const form = page.locator('#rate');
      await form.getByRole('radio', { name: '4 estrellas' }).check({ force: true });
      await form.getByLabel(/^Cuéntales/).fill('Abriga mucho.\nLlegó en dos días.');
      await form.getByRole('button', { name: 'Publicar opinión' }).click();
      await expect(page.getByRole('main')).toContainText('Tu opinión ya está publicada');
      const opinion = page.locator('.opinion').first();
      await expect(opinion).toContainText('Lucía Z.');
      await expect(opinion).toContainText('Llegó en dos días.');
      await expect(opinion).not.toContainText('Zavala');
      expect(sums(product)).toEqual({ rating_sum: 4, rating_count: 1 });

      await form.getByRole('radio', { name: '2 estrellas' }).check({ force: true });
      await form.getByRole('button', { name: 'Guardar cambios' }).click();
      await expect(opinion).toContainText('editada');
      expect(sums(product)).toEqual({ rating_sum: 2, rating_count: 1 });

      await form.getByRole('button', { name: 'Borrar mi opinión' }).click();
      await expect(page.getByRole('main')).toContainText('Borramos tu opinión');
      await expect(page.locator('.opinion')).toHaveCount(0);
      expect(sums(product)).toEqual({ rating_sum: 0, rating_count: 0 });
    });
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('search engines and people find the ratings, without a barrier', async ({ page }) => {
      const product = colorScheme === 'light' ? 33 : 34;
      await signUp(page);
      await putIntoCart(page, product);
      await proceedToPayment(page);
      await pay(page);
      const [order] = await confirmedOrders(page);
      await page.goto(`/orders/${order}`);
      await page.getByRole('button', { name: 'Ya lo recibí' }).click();
      await page.goto(`/products/${product}#rate`);
      await page.getByRole('radio', { name: '5 estrellas' }).check({ force: true });
      await page.getByRole('button', { name: 'Publicar opinión' }).click();
      await expect(page.locator('.opinion')).toHaveCount(1);
      expect(await violations(page)).toEqual([]);
      await keepPicture(page, `product with ratings ${colorScheme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await keepPicture(page, `product with ratings phone ${colorScheme}`);

      const graph = JSON.parse(await page.locator('script[type="application/ld+json"]').innerText())['@graph'];
      const [item, crumbs] = graph;
      expect(item.aggregateRating).toMatchObject({ ratingValue: 5, ratingCount: 1 });
      expect(item.review[0]).toMatchObject({ '@type': 'Review', author: { name: 'Lucía Z.' } });
      const offers = item.hasVariant ? item.hasVariant.map((variant: any) => variant.offers) : [item.offers];
      for (const offer of offers) expect(offer).toMatchObject({ '@type': 'Offer', priceCurrency: 'MXN' });
      expect(crumbs.itemListElement.map((entry: any) => entry.position)).toEqual([1, 2, 3, 4]);
    });
  });
}

function sums(product: number): Record<string, unknown> {
  return rows('SELECT rating_sum, rating_count FROM products WHERE id = ?', String(product))[0];
}
