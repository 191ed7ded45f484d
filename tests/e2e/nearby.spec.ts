// Stores around a town or around oneself: on a map that asks nobody else, and as a list.
// That no request leaves and that the policy refuses nothing, `fixtures.ts` asserts after every story.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { PASSWORD, newEmail } from './support/shop.ts';

const map = (page: Page) => page.getByRole('region', { name: 'Mapa de talleres' });
const pins = (page: Page) => map(page).locator('.leaflet-marker-pane [role="button"]');
const stores = (page: Page) => page.locator('#near > li');
/** The sketch has come: its lakes are there. */
const drawn = (page: Page) => expect(map(page).locator('path.lake')).toHaveCount(3);
/** How many stores the pins stand for. */
const pinned = async (page: Page) => {
  const words = await pins(page).allInnerTexts();
  return words.reduce((sum, word) => sum + (word.startsWith('×') ? Number(word.slice(1)) : 1), 0);
};

test('the map shows every store of the list, and a pin leads to its store', async ({ page }) => {
  await page.goto('/stores');
  await page.getByRole('link', { name: 'Verlos en el mapa' }).click();
  await expect(page).toHaveURL('/stores/nearby');
  await drawn(page);
  const count = await stores(page).count();
  expect(count).toBeGreaterThan(8);
  await expect.poll(() => pinned(page)).toBe(count);
  for (const town of ['Moroleón', 'Uriangato', 'Yuriria']) await expect(map(page).getByText(town, { exact: true })).toBeVisible();
  await expect(map(page).locator('.leaflet-control-scale-line')).toHaveText(/^\d+ k?m$/);

  await page.getByRole('link', { name: 'Yuriria', exact: true }).click();
  await expect(page).toHaveURL('/stores/nearby?town=yuriria&radius=25');
  await page.getByRole('link', { name: '5 km', exact: true }).click();
  await expect(page).toHaveURL('/stores/nearby?town=yuriria&radius=5');
  await expect(stores(page)).toHaveCount(2);
  await expect.poll(() => pinned(page)).toBe(2);
  await expect(page.locator('a.pill[aria-current="true"]')).toHaveText(['Yuriria', '5 km']);
  const name = await stores(page).first().getByRole('heading').innerText();
  await pins(page).and(page.getByTitle(name)).click();
  const popup = page.locator('.leaflet-popup');
  await expect(popup).toContainText(/a \d+ m/);
  await popup.getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);

  // And back from the store to its place on the map.
  await page.getByRole('link', { name: 'Ver en el mapa' }).click();
  await expect(page).toHaveURL(/\/stores\/nearby\?lat=20\.\d+&lng=-101\.\d+$/);
  await expect(stores(page).first()).toContainText(name);
  await expect(stores(page).first()).toContainText('a 0 m');
});

test('pins that would hide each other stand as one until there is room', async ({ page }) => {
  await page.goto('/stores/nearby?town=moroleon&radius=100');
  await drawn(page);
  const count = await stores(page).count();
  await expect.poll(() => pinned(page)).toBe(count);
  const before = await pins(page).count();
  expect(before).toBeLessThan(count);
  await pins(page).filter({ hasText: '×' }).first().click();
  await expect.poll(() => pins(page).filter({ hasText: /^\d+$/ }).count()).toBeGreaterThan(1);
  expect(await pinned(page)).toBe(count);
});

test('stores under one roof are told in one popup', async ({ page }) => {
  await page.route('**/stores/nearby?*', async (route) => {
    const answer = await route.fetch();
    const html = await answer.text();
    const [roof] = html.match(/data-lat="[^"]+" data-lng="[^"]+"(?=><span class="number")/) ?? [];
    await route.fulfill({ response: answer, body: html.replaceAll(/<li data-lat="[^"]+" data-lng="[^"]+"/g, `<li ${roof}`) });
  });
  await page.goto('/stores/nearby?town=yuriria&radius=5');
  const both = pins(page).filter({ hasText: '×2' });
  const links = page.locator('.leaflet-popup').getByRole('link', { name: /Rebozos|Bordados/ });
  await both.click();
  await expect(links).toHaveCount(2);
  await expect(links.first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(links).toHaveCount(0);
  await expect(both).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(links).toHaveCount(2);
  await page.getByRole('button', { name: 'Cerrar' }).click();
  await page.getByRole('button', { name: /^2\. Mostrar/ }).click();
  await expect(links).toHaveCount(2);
  await links.last().click();
  await expect(page).toHaveURL(/\/stores\/[a-z-]+$/);
});

test('with the keyboard alone: from the list to a pin, into its popup, out and on', async ({ page }) => {
  await page.goto('/stores/nearby?town=yuriria&radius=5');
  const name = await stores(page).first().getByRole('heading').innerText();
  const show = page.getByRole('button', { name: `Mostrar ${name} en el mapa` });
  await show.focus();
  await page.keyboard.press('Enter');
  const link = page.locator('.leaflet-popup').getByRole('link', { name });
  await expect(link).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('.leaflet-popup')).toHaveCount(0);
  await expect(pins(page).and(page.getByTitle(name))).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(link).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
});

test.describe('somebody who says where they are', () => {
  test.use({ geolocation: { latitude: 20.140312, longitude: -101.178287 }, permissions: ['geolocation'] });

  test('gets what is around them; the address has no more than some hundred metres of it', async ({ page }) => {
    await page.goto('/stores/nearby?town=yuriria&radius=10');
    await page.getByRole('button', { name: 'Usar mi ubicación' }).click();
    await expect(page).toHaveURL('/stores/nearby?lat=20.14&lng=-101.178&radius=10');
    await expect(page.getByRole('link', { name: 'El punto elegido' })).toHaveAttribute('aria-current', 'true');
    await expect(stores(page).first()).toContainText('Uriangato');
    await drawn(page);
    await expect(map(page).getByText('Salida')).toBeVisible();
    await keepPicture(page, 'nearby position');
  });
});

test.describe('somebody who does not', () => {
  test.use({ permissions: [] });

  test('is told so, and the towns remain', async ({ page }) => {
    await page.goto('/stores/nearby');
    await page.getByRole('button', { name: 'Usar mi ubicación' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'No nos diste permiso' })).toBeVisible();
    await expect(page).toHaveURL('/stores/nearby');
    await page.getByRole('link', { name: 'Uriangato', exact: true }).click();
    await expect(stores(page).first()).toContainText('Uriangato');
  });
});

test('nobody is asked for their position before they press the button', async ({ page }) => {
  await page.addInitScript(() => {
    (window as any).asked = 0;
    for (const way of ['getCurrentPosition', 'watchPosition'] as const) {
      navigator.geolocation[way] = () => ((window as any).asked += 1);
    }
  });
  await page.goto('/stores/nearby');
  await drawn(page);
  expect(await page.evaluate(() => (window as any).asked)).toBe(0);
  await page.getByRole('button', { name: 'Usar mi ubicación' }).click();
  expect(await page.evaluate(() => (window as any).asked)).toBe(1);
});

test('far away, the page says so and names the nearest', async ({ page }) => {
  await page.goto('/stores/nearby?lat=19.433&lng=-99.133');
  await expect(page.getByRole('heading', { level: 2, name: 'Ningún taller' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/El más cercano es .+, a \d+ km\./);
  await expect(page.getByText('queda fuera de este croquis')).toBeVisible();
  await drawn(page);
  await keepPicture(page, 'nearby far away');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

  test('a finger scrolls the page past the map, until a tap turns to the map', async ({ page }) => {
    await page.goto('/stores/nearby');
    await drawn(page);
    const gesture = () => map(page).evaluate((box) => getComputedStyle(box).touchAction);
    expect(await gesture()).toBe('pan-x pan-y');
    await map(page).tap({ position: { x: 60, y: 200 } });
    await expect.poll(gesture).toBe('none');
    await page.getByRole('heading', { level: 1 }).tap();
    await expect.poll(gesture).toBe('pan-x pan-y');
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [['phone', { width: 390, height: 844 }], ['computer', { width: 1280, height: 800 }]] as const) {
    test.describe(`in the ${colorScheme} theme on a ${device}`, () => {
      test.use({ colorScheme, viewport });

      test('axe finds nothing, and nothing moves while the map comes', async ({ page }) => {
        await page.addInitScript(() => {
          (window as any).moved = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) (window as any).moved += (entry as any).value;
          }).observe({ type: 'layout-shift', buffered: true });
        });
        await page.goto('/stores/nearby?town=uriangato&radius=25');
        await drawn(page);
        // Before the picture: that makes the window as high as the page.
        expect(await page.evaluate(() => (window as any).moved)).toBeLessThan(0.01);
        await keepPicture(page, `nearby ${device} ${colorScheme}`);
        expect(await violations(page)).toEqual([]);
        await page.getByRole('button', { name: /^1\. Mostrar/ }).click();
        await expect(page.locator('.leaflet-popup')).toBeVisible();
        await keepPicture(page, `nearby popup ${device} ${colorScheme}`);
        expect(await violations(page), 'with a popup').toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      });
    });
  }
}

test('the switch changes the map’s colours too', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/stores/nearby');
  await drawn(page);
  const water = () => map(page).locator('path.lake').first().evaluate((lake) => getComputedStyle(lake).fill);
  const light = await water();
  await page.getByRole('button', { name: 'Oscura' }).click();
  await drawn(page);
  await expect.poll(water).not.toBe(light);
});

test('a wrong address is refused with the towns at hand', async ({ page, watch }) => {
  const answer = await page.goto('/stores/nearby?town=atlantida');
  expect(answer?.status()).toBe(400);
  await expect(page.getByRole('alert')).toContainText('atlantida');
  expect(await violations(page)).toEqual([]);
  watch.consoleErrors.length = 0; // the browser's own line on the 400
  await page.getByRole('link', { name: 'Moroleón', exact: true }).click();
  await expect(stores(page).first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the same choices are links, and the list has all there is to know', async ({ page }) => {
    await page.goto('/stores/nearby');
    await expect(page.locator('#map')).toBeHidden();
    await expect(page.getByRole('button', { name: 'Usar mi ubicación' })).toBeHidden();
    await page.getByRole('link', { name: 'Yuriria', exact: true }).click();
    await page.getByRole('link', { name: '10 km', exact: true }).click();
    await expect(page).toHaveURL('/stores/nearby?town=yuriria&radius=10');
    await expect(stores(page).first()).toContainText(/a \d+ m/);
    const name = await stores(page).first().getByRole('heading').innerText();
    await stores(page).first().getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  });
});

test('a seller points at the map, and the fields follow', async ({ page }) => {
  await page.goto('/register');
  await page.fill('[name="name"]', 'Telares del Mapa');
  await page.fill('[name="email"]', newEmail());
  await page.fill('[name="password"]', PASSWORD);
  await page.locator('[name="role"][value="vendedor"]').check();
  await page.click('button[type="submit"]');
  await expect(page).not.toHaveURL(/\/register/);
  await page.goto('/dashboard/vendedor/store');
  const [latitude, longitude] = [page.getByLabel('Latitud'), page.getByLabel('Longitud')];
  const place = page.getByRole('region', { name: 'Mapa para elegir' });
  const pin = place.getByRole('button', { name: 'Tu tienda' });
  await expect(place.locator('path.lake')).toHaveCount(3);
  await expect(pin, 'nothing is chosen yet').toHaveCount(0);
  await place.click({ position: { x: 90, y: 70 } });
  await expect(pin).toBeVisible();
  await expect(latitude).toHaveValue(/^20\.\d{5}$/);
  await expect(longitude).toHaveValue(/^-101\.\d{5}$/);

  // What is typed moves the pin, and the map after it.
  await latitude.fill('16.853');
  await longitude.fill('-99.823');
  await expect(place.getByText('Yuriria', { exact: true })).not.toBeInViewport();
  await latitude.fill('20.2127');
  await longitude.fill('-101.1316');
  await expect(place.getByText('Yuriria', { exact: true })).toBeInViewport();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await keepPicture(page, `seller place ${colorScheme}`);
    expect(await violations(page)).toEqual([]);
  }

  // With the keyboard the pin goes to the middle of the map.
  await place.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(async () => {
    await page.keyboard.press('Enter');
    return Number(await longitude.inputValue());
  }).toBeGreaterThan(-101.1316);
  await page.getByLabel('Qué haces').fill('Suéteres y cobijas.');
  await page.getByLabel('Municipio').fill('Yuriria');
  await page.getByRole('button', { name: 'Guardar' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Guardado' })).toBeVisible();
  await expect(longitude).toHaveValue(/^-101\.1[23]\d*$/);
  await expect(pin).toBeVisible();
});
