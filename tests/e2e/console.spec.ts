// The console over the built-in backend, with the shop's own traffic in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';

const DATA_DIR = process.env.DATA_DIR ?? 'data';
const SHOP = process.env.BASE_URL ?? 'http://localhost:3000';
const CONSOLE = String(JSON.parse(readFileSync(join(DATA_DIR, 'endpoints.json'), 'utf8')).console);
const PASSWORD = readFileSync(join(DATA_DIR, 'secrets', 'console_password'), 'utf8').trim();

/** What the navigation leads to, and a dashboard and a runbook. */
const PAGES = ['/', '/dashboards', '/d/textisur-overview', '/d/textisur-kpis', '/explore?query=up', '/logs', '/traces', '/alerts', '/silences', '/targets', '/resilience', '/runbooks/ServiceDown'];

// The shop is another party to the console.
test.use({ baseURL: CONSOLE });

async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.goto('/login');
  await page.fill('[name="username"]', 'admin');
  await page.fill('[name="password"]', password);
  await page.click('button.primary');
}

async function opened(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('#page')).not.toHaveAttribute('aria-busy');
}

/** Somebody looks at the shop. */
async function visit(times = 20): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    for (const path of ['/', '/products', '/products/1', '/api/products']) await fetch(SHOP + path);
  }
}

test('nobody sees anything without the password', async ({ page, watch }) => {
  await page.goto('/d/textisur-kpis');
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn(page, 'not the password');
  await expect(page.getByRole('alert')).toContainText('no son correctos');
  // The browser writes the 401 itself.
  watch.consoleErrors.splice(0);
  await page.fill('[name="password"]', PASSWORD);
  await page.click('button.primary');
  await expect(page.getByRole('heading', { level: 1, name: 'Resumen' })).toBeVisible();
  await page.getByRole('button', { name: 'Salir' }).click();
  await expect(page).toHaveURL(/\/login/);
});

test('the seed’s dashboard moves', async ({ page }) => {
  test.setTimeout(120_000);
  await visit();
  await signIn(page);
  await opened(page, '/d/textisur-overview?from=now-5m&to=now&refresh=5s');
  const chart = page.locator('.kind-timeseries').first();
  const total = chart.locator('.series').first();
  // After a scrape or two there is a rate.
  await expect(total).toBeVisible({ timeout: 90_000 });
  await expect(chart.locator('canvas')).toBeVisible();
  await expect(page.locator('.said .bad')).toHaveCount(0);
  await expect(page.getByText(/no es compatible/)).toHaveCount(0);
  await keepPicture(page, 'console overview dashboard');
  const again = page.waitForResponse((answer) => answer.url().includes('/api/v1/query_range'));
  expect((await again).status()).toBe(200);
});

test('a query is completed, drawn and listed', async ({ page }) => {
  await signIn(page);
  await opened(page, '/explore');
  const field = page.getByLabel('Consulta PromQL');
  await field.click();
  await field.pressSequentially('count by (job) (u');
  await page.getByRole('option', { name: 'up', exact: true }).click();
  await field.pressSequentially('{jo');
  await page.getByRole('option', { name: 'job', exact: true }).click();
  await field.pressSequentially('="textisur-a');
  await page.getByRole('option', { name: 'textisur-app' }).click();
  await field.pressSequentially('})');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('count by (job) (up{job="textisur-app"})');
  await expect(page.getByRole('row', { name: /textisur-app/ }).first()).toBeVisible();
  await expect(page).toHaveURL(/query=count/);
});

test('a query that is none says where it breaks', async ({ page, watch }) => {
  await signIn(page);
  await opened(page, `/explore?${new URLSearchParams({ query: 'sum(rate(up[5m])' })}`);
  await expect(page.getByRole('alert').first()).toContainText('parse error');
  watch.consoleErrors.splice(0);
});

test('from a request to its trace to its logs', async ({ page }) => {
  await visit(5);
  await signIn(page);
  await opened(page, '/traces?from=now-15m&to=now');
  await page.locator('.trace a').first().click();
  await expect(page.locator('.span-row').first()).toBeVisible();
  await page.locator('.span-open').first().click();
  await expect(page.locator('.span-details')).toBeVisible();
  await keepPicture(page, 'console trace');
  await page.getByRole('link', { name: 'Ver sus registros' }).click();
  await expect(page).toHaveURL(/\/logs\?/);
  await expect(page.getByLabel('Consulta LogQL')).toHaveValue(/\|= `[0-9a-f]{32}`/);
});

test('an alert is silenced and the silence ended', async ({ page }) => {
  await signIn(page);
  await opened(page, '/silences');
  await page.getByRole('button', { name: 'Nuevo silencio' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Valor').fill('ServiceDown');
  await dialog.locator('[name="comment"]').fill('mantenimiento de prueba');
  await dialog.getByRole('button', { name: 'Silenciar' }).click();
  const silence = page.locator('li.card', { hasText: 'mantenimiento de prueba' }).filter({ has: page.getByRole('button', { name: 'Terminar' }) });
  await expect(silence).toContainText('alertname="ServiceDown"');
  await silence.getByRole('button', { name: 'Terminar' }).click();
  await expect(silence).toHaveCount(0);
});

for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']] as const) {
  test(`every page is accessible and fits, ${width} pixels, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 844 });
    await page.goto('/login');
    expect(await violations(page), '/login').toEqual([]);
    await signIn(page);
    await expect(page).not.toHaveURL(/\/login/);
    for (const path of PAGES) {
      await opened(page, path);
      expect.soft(await violations(page), path).toEqual([]);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(beyond, `${path} is wider than the screen by so many pixels`).toBe(0);
      await keepPicture(page, `console ${path} ${width} ${colorScheme}`);
    }
  });
}
