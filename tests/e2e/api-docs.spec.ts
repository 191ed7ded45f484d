// The API for people who write programs against it: the reference, and the list it replaces.
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';

test('the reference opens, lists every family and asks nobody else', async ({ page, request }) => {
  const document = await (await request.get('/api/openapi.json')).json();
  await page.goto('/api/docs');
  await expect(page.getByRole('heading', { name: 'TextiSur', level: 1 })).toBeVisible();
  for (const { name } of document.tags) {
    await expect(page.getByRole('complementary').getByText(name, { exact: true }).first()).toBeAttached();
  }
  await expect(page.locator('#endpoints')).toHaveCount(0);
  const policy = (await request.get('/api/docs')).headers()['content-security-policy'];
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toContain('unsafe-eval');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('axe finds nothing in the reference, from its head to its end', async ({ page }) => {
      test.slow(); // some thousand elements to look at
      await page.goto('/api/docs');
      await expect(page.getByRole('heading', { name: 'TextiSur', level: 1 })).toBeVisible();
      // Scalar draws what comes near, and keeps it.
      await page.mouse.move(700, 400);
      await expect(async () => {
        await page.mouse.wheel(0, 2_000);
        await expect(page.getByRole('heading', { name: 'Models' })).toBeInViewport({ timeout: 100 });
      }).toPass();
      // docs.js mends it a frame later.
      await expect.poll(() => violations(page), { timeout: 60_000 }).toEqual([]);
    });
  });
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('every endpoint of the document is listed', async ({ page, request }) => {
    const document = await (await request.get('/api/openapi.json')).json();
    const operations = Object.values(document.paths).flatMap((item: any) => Object.keys(item));
    await page.goto('/api/docs');
    await expect(page.locator('#endpoints li')).toHaveCount(operations.length);
    await expect(page.locator('#endpoints')).toContainText('/api/checkout');
  });
});

test.describe('the list that the reference replaces', () => {
  test('has no barrier either', async ({ page }) => {
    await page.route('**/assets/scalar.*', (route) => route.fulfill({ contentType: 'text/javascript', body: 'var Scalar = { createApiReference() {} };' }));
    await page.goto('/api/docs');
    await expect(page.locator('#endpoints li').first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
});
