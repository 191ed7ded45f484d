// The API for people who write programs against it: the reference, and the list it replaces.
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
