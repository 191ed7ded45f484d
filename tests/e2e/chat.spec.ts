// A buyer and a store talk: live between two browsers, through a lost connection, and without JavaScript.
import type { Browser, Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { signIn, signUp } from './support/shop.ts';

/** From a product's page to the conversation about it. */
async function ask(page: Page, product: number): Promise<void> {
  await page.goto(`/products/${product}`);
  await page.getByRole('button', { name: 'Enviar mensaje a la tienda' }).click();
  await expect(page).toHaveURL(/\/messages\/\d+$/);
}

/** The seller of a product, at their conversations, in a browser of their own. */
async function seller(browser: Browser, product: number, options = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  const [{ email }] = rows(
    'SELECT u.email FROM products p JOIN stores s ON s.id = p.store_id JOIN users u ON u.id = s.owner_id WHERE p.id = ?',
    String(product),
  );
  await signIn(page, String(email));
  await page.goto('/messages');
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Mensaje' }).fill(text);
  await page.getByRole('button', { name: 'Enviar', exact: true }).click();
}

const said = (page: Page) => page.locator('#log .text');
const ticks = (page: Page) => page.locator('#log .mine .tick');

test('two browsers talk, and each sees what the other does', async ({ page, browser }) => {
  await signUp(page);
  await ask(page, 5);
  await say(page, '¿Tienen en <b>talla M</b>?');
  await expect(ticks(page)).toHaveText(['Enviado']);

  const shop = await seller(browser, 5);
  const entry = shop.locator('#inbox li').filter({ hasText: 'Lucía Zavala' }).first();
  await expect(entry).toContainText('1 sin leer');
  await entry.getByRole('link').click();
  await expect(said(shop)).toHaveText(['¿Tienen en <b>talla M</b>?']);
  await expect(ticks(page)).toHaveText(['Visto']);
  await expect(page.locator('#presence')).toHaveText('En línea');

  await shop.getByRole('textbox', { name: 'Mensaje' }).pressSequentially('Sí');
  await expect(page.locator('#typing')).toContainText('está escribiendo');
  await shop.getByRole('button', { name: 'Enviar', exact: true }).click();
  await expect(said(page)).toHaveText(['¿Tienen en <b>talla M</b>?', 'Sí']);
  await expect(page.locator('#typing')).toBeEmpty();

  await page.locator('#log li').last().getByLabel('Reaccionar').click();
  await page.locator('#log li').last().getByRole('button', { name: '❤️' }).click();
  await expect(shop.getByRole('img', { name: 'Reacción: ❤️' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('img', { name: 'Reacción: ❤️' })).toBeVisible();

  await shop.goto('/messages');
  await expect(page.locator('#presence')).toHaveText('Fuera de línea');
  await say(page, 'Gracias');
  await expect(entry).toContainText('Gracias');
  await shop.context().close();
});

test('who loses the connection misses nothing, and loses nothing', async ({ page, browser, watch }) => {
  await signUp(page);
  await ask(page, 6);
  await say(page, 'Hola');
  const shop = await seller(browser, 6);
  await shop.locator('#inbox li').filter({ hasText: 'Hola' }).first().getByRole('link').click();
  await expect(page.locator('#presence')).toHaveText('En línea');

  await page.context().setOffline(true);
  await expect(page.locator('#line')).toBeVisible();
  const missed = ['uno', 'dos', 'tres', 'cuatro', 'cinco'];
  for (const word of missed) await say(shop, word);
  await expect(ticks(shop)).toHaveCount(5);
  await say(page, 'escrito sin señal');
  await expect(said(page)).toHaveText(['Hola', 'escrito sin señal']);

  await page.context().setOffline(false);
  await expect(said(page)).toHaveText(['Hola', ...missed, 'escrito sin señal']);
  await expect(page.locator('#line')).toBeHidden();
  await expect(said(shop)).toHaveText(['Hola', ...missed, 'escrito sin señal']);
  await shop.context().close();
  watch.consoleErrors.length = 0; // the browser's own lines on having no network
});

test('one side blocks, reports, and unblocks for itself', async ({ page }) => {
  await signUp(page);
  await ask(page, 7);
  await say(page, 'Hola');
  await expect(ticks(page)).toHaveText(['Enviado']);
  await page.getByLabel('Opciones').click();
  await page.getByRole('button', { name: 'Bloquear' }).click();
  await expect(page.getByText('Bloqueaste esta conversación')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Mensaje' })).toHaveCount(0);
  await page.getByLabel('Opciones').click();
  await page.getByLabel('¿Qué pasa?').selectOption('fraud');
  await page.getByRole('button', { name: 'Reportar' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'lo va a revisar' })).toBeVisible();
  const id = page.url().match(/messages\/(\d+)/)![1];
  expect(rows('SELECT reason FROM conversation_reports WHERE conversation_id = ?', id)).toEqual([{ reason: 'fraud' }]);
  await page.getByLabel('Opciones').click();
  await page.getByRole('button', { name: 'Desbloquear' }).click();
  await expect(page.getByRole('textbox', { name: 'Mensaje' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('forms and reloads do', async ({ page, browser }) => {
    await signUp(page);
    await ask(page, 8);
    await say(page, 'Sin script');
    await expect(said(page)).toHaveText(['Sin script']);
    const shop = await seller(browser, 8, { javaScriptEnabled: false });
    await shop.locator('#inbox li').filter({ hasText: 'Sin script' }).first().getByRole('link').click();
    await say(shop, 'Te leo');
    await page.reload();
    await expect(said(page)).toHaveText(['Sin script', 'Te leo']);
    await expect(ticks(page)).toHaveText(['Visto']);
    await page.goto('/messages?q=LEO');
    await expect(page.locator('.inbox')).toContainText('Te leo');
    await shop.context().close();
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a conversation fits and is accessible, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await signUp(page);
      await ask(page, 9);
      for (const text of ['Hola', 'Quiero veinte piezas, ¿hacen precio de mayoreo? '.repeat(4)]) await say(page, text);
      await expect(ticks(page)).toHaveCount(2);
      const composer = await page.locator('#compose').boundingBox();
      expect(composer!.y + composer!.height).toBeLessThanOrEqual(844);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await violations(page)).toEqual([]);
      await keepPicture(page, `conversation-${colorScheme}`);
      await page.goto('/messages');
      expect(await violations(page)).toEqual([]);
      await keepPicture(page, `messages-${colorScheme}`);
    });
  }
});

test('messages are for those who are signed in', async ({ page }) => {
  await page.goto('/messages');
  await expect(page).toHaveURL(/\/login\?next=%2Fmessages/);
});
