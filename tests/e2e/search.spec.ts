// Looking for products: choices with counts, taking them away again, an endless list, and all of it without JavaScript.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';

const cards = (page: Page) => page.locator('#list .card');
const chips = (page: Page) => page.getByRole('list', { name: 'Filtros activos' });
/** "34 productos" as a number. */
const total = async (page: Page) => Number.parseInt(await page.locator('#count').innerText(), 10);
/** The choice's link in the filters. */
const choice = (page: Page, name: string) =>
  page.getByRole('complementary', { name: 'Filtros' }).getByRole('link', { name: new RegExp(`^${name} \\d+$`) });
/** The number beside a choice. */
const promised = async (page: Page, name: string) => Number((await choice(page, name).locator('.n').innerText()).trim());

async function choosesAndTakesAway(page: Page): Promise<void> {
  await page.goto('/products');
  const all = await total(page);
  const medium = await promised(page, 'M');
  await choice(page, 'M').click();
  await expect(page).toHaveURL('/products?size=M');
  await expect(page.locator('#count')).toHaveText(`${medium} productos`);

  // Another size adds to it, a town narrows it.
  await choice(page, 'G').click();
  await expect(page).toHaveURL('/products?size=M&size=G');
  await expect.poll(() => total(page)).toBeGreaterThanOrEqual(medium);
  const town = await promised(page, 'Yuriria');
  await choice(page, 'Yuriria').click();
  await expect(page).toHaveURL('/products?city=Yuriria&size=M&size=G');
  await expect(page.locator('#count')).toHaveText(`${town} productos`);
  await expect(choice(page, 'Yuriria')).toHaveAttribute('aria-current', 'true');
  for (const from of await cards(page).locator('.from').allInnerTexts()) expect(from).toContain('Yuriria');

  // Each can be taken away on its own.
  await chips(page).getByRole('link', { name: 'Municipio: Yuriria' }).click();
  await expect(page).toHaveURL('/products?size=M&size=G');
  await page.goBack();
  await expect(page).toHaveURL('/products?city=Yuriria&size=M&size=G');
  await expect(page.locator('#count')).toHaveText(`${town} productos`);
  await chips(page).getByRole('link', { name: 'Quitar filtros' }).click();
  await expect(page).toHaveURL('/products');
  await expect(page.locator('#count')).toHaveText(`${all} productos`);
  await expect(chips(page)).toHaveCount(0);
}

async function namesAPrice(page: Page): Promise<void> {
  await page.goto('/products?category=playeras');
  await page.getByLabel('Desde').fill('150');
  await page.getByLabel('Hasta').fill('250');
  await page.getByRole('button', { name: 'Aplicar' }).click();
  await expect(page).toHaveURL(/category=playeras.*minPrice=150&maxPrice=250/);
  await expect(chips(page)).toContainText('$150 a $250');
  for (const price of await cards(page).locator('.price').allInnerTexts()) {
    const pesos = Number(price.replace(/[^\d.]/g, ''));
    expect(pesos).toBeGreaterThanOrEqual(150);
    expect(pesos).toBeLessThanOrEqual(250);
  }
}

test('filters are chosen, add up, and are taken away one by one', async ({ page }) => {
  await choosesAndTakesAway(page);
  await namesAPrice(page);
  await page.goto('/products?size=M&color=Negro&city=Yuriria');
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, 'products filtered');
});

test('a choice changes the list in place and keeps the focus', async ({ page }) => {
  await page.goto('/products');
  await page.evaluate(() => { (window as any).same = true; });
  await choice(page, 'G').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/products?size=G');
  await expect(choice(page, 'G')).toBeFocused();
  expect(await page.evaluate(() => (window as any).same), 'the page was not loaded anew').toBe(true);
  await expect(page.getByRole('status').filter({ hasText: /^\d+ productos$/ }).last()).toBeAttached();
});

test('the list goes on by itself, to its end and not further', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/products') asked.push(url.search);
  });
  // Three pages, few enough to come by themselves.
  await page.goto('/products?category=playeras&category=blusas&category=sueteres');
  const all = await total(page);
  expect(all).toBeGreaterThan(24);
  while ((await cards(page).count()) < all) {
    const before = await cards(page).count();
    await cards(page).last().scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, 4_000);
    await expect.poll(() => cards(page).count()).toBeGreaterThan(before);
  }
  await expect(page.locator('#shown')).toHaveText(`Mostrando ${all} de ${all}`);
  await expect(page.getByRole('status').filter({ hasText: 'a la lista' })).toBeAttached();
  await expect(page.locator('a[data-more]')).toHaveCount(0);
  const links = await cards(page).locator('h3 a').evaluateAll((found) => found.map((link) => link.getAttribute('href')));
  expect(new Set(links).size, 'no product twice').toBe(all);
  await page.mouse.wheel(0, 9_000);
  const pages = Math.ceil(all / 24);
  expect(asked, 'each page once').toHaveLength(pages);

  // Somebody who looks at a product and comes back finds the long list, and the place.
  const last = cards(page).last();
  const name = await last.locator('h3').innerText();
  await last.locator('h3 a').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await page.goBack();
  await expect.poll(() => cards(page).count()).toBe(all);
  await expect(cards(page).last()).toBeInViewport();
});

test('after some pages a tap asks for more, so that the foot can be reached', async ({ page }) => {
  await page.goto('/products');
  for (let pages = 1; pages <= 4; pages += 1) {
    await cards(page).last().scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, 4_000);
    await expect.poll(() => cards(page).count()).toBe(24 * (pages + 1));
  }
  const more = page.getByRole('link', { name: 'Ver más productos' });
  await expect(more).toBeVisible();
  await more.click();
  await expect.poll(() => cards(page).count()).toBe(24 * 6);
  await expect(cards(page).nth(24 * 5).locator('h3 a')).toBeFocused();
});

test('a search without results shows the ways out', async ({ page }) => {
  await page.goto('/products?search=playera&size=M&minPrice=90000');
  await expect(page.getByRole('heading', { name: 'No encontramos productos así' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, 'products nothing');
  const way = page.getByRole('link', { name: /^Sin Precio/ });
  await way.click();
  await expect(page).toHaveURL('/products?search=playera&size=M');
  expect(await total(page)).toBeGreaterThan(0);
});

test('search engines are told which lists count', async ({ page }) => {
  const robots = page.locator('meta[name="robots"]');
  await page.goto('/products?category=rebozos&sort=popular');
  await expect(robots).toHaveCount(0);
  await expect(page.locator('link[rel="canonical"]')).toHaveAttribute('href', /\/products\?category=rebozos$/);
  const list = JSON.parse(await page.locator('script[type="application/ld+json"]').innerText());
  expect(list['@type']).toBe('ItemList');
  expect(list.itemListElement[0].url).toMatch(/\/products\/\d+$/);
  await page.goto('/products?category=rebozos&size=Unitalla');
  await expect(robots).toHaveAttribute('content', /noindex/);
  await page.goto('/products?page=2');
  await expect(page.locator('head link[rel="prev"]')).toHaveAttribute('href', '/products');
  await expect(page.locator('head link[rel="next"]')).toHaveAttribute('href', '/products?page=3');
  await page.goto('/products?page=999');
  await expect(page).toHaveURL(/page=\d$/);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

  test('filters are a drawer that stays open while choosing', async ({ page }) => {
    await page.goto('/products');
    await expect(choice(page, 'M')).toBeHidden();
    await page.getByText('Filtros', { exact: true }).tap();
    await choice(page, 'M').tap();
    await expect(page).toHaveURL('/products?size=M');
    await choice(page, 'G').tap();
    await expect(page).toHaveURL('/products?size=M&size=G');
    await keepPicture(page, 'products drawer');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(390);
    const found = await total(page);
    await page.getByRole('link', { name: `Ver ${found} productos` }).tap();
    await expect(choice(page, 'M')).toBeHidden();
    await expect(cards(page).first()).toBeInViewport();
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('choices are links, the price is a form, pages are links', async ({ page }) => {
    await choosesAndTakesAway(page);
    await namesAPrice(page);
    await page.goto('/products?sort=price_asc');
    await page.getByRole('link', { name: 'Siguiente' }).click();
    await expect(page).toHaveURL('/products?sort=price_asc&page=2');
    await page.getByRole('link', { name: 'Anterior' }).click();
    await expect(page).toHaveURL('/products?sort=price_asc');
  });
});
