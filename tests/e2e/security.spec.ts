// What must not happen in a browser that somebody else may use after.
import { expect, test } from './support/fixtures.ts';
import { signIn } from './support/shop.ts';

test('the service worker keeps nothing of anybody’s', async ({ page }) => {
  await signIn(page, 'user1@test.com');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  for (const path of ['/orders', '/profile', '/products']) await page.goto(path);
  await page.evaluate(() => fetch('/api/products').then((answer) => answer.text()));
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map((request) => new URL(request.url).pathname);
  });
  expect(kept.length).toBeGreaterThan(0);
  for (const path of kept) expect(path).toMatch(/^\/(offline$|assets\/)/);
});
