// Notifications: on their page, as a push in the browser, and nothing of anybody's in the service worker's store.
//
// A push goes all the way but one: the shop encrypts, calls the push service (one of the tests', over TLS), which decrypts with the
// browser's keys; the browser's own push service, which Chromium reaches only with Google's, is stood in for at two seams:
// `pushManager.subscribe` gives the subscription of the tests' push service, and what that received is handed to the service worker over
// the DevTools protocol, where the browser's would hand it.
import type { CDPSession, Page } from '@playwright/test';
import { startPushService } from '../conformance/web-push/push-service.mjs';
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

/** `pushManager` of this page's browser subscribes at a push service of ours. */
async function subscribeAt(page: Page, subscription: unknown): Promise<void> {
  await page.addInitScript((json: any) => {
    const key = 'test-push-subscribed';
    const made = { endpoint: json.endpoint, toJSON: () => json, unsubscribe: async () => { localStorage.removeItem(key); return true; } };
    PushManager.prototype.subscribe = async (options: any) => {
      if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error('not as browsers want it');
      localStorage.setItem(key, '1');
      return made as any;
    };
    PushManager.prototype.getSubscription = async () => (localStorage.getItem(key) ? made : null) as any;
  }, subscription);
}

/** Where the browser keeps its service workers, for what only the browser itself can do to them. */
async function workerSession(page: Page): Promise<{ session: CDPSession; registration: () => string }> {
  const session = await page.context().newCDPSession(page);
  let id = '';
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => { id = registrations.at(-1)?.registrationId ?? id; });
  await session.send('ServiceWorker.enable');
  return { session, registration: () => id };
}

async function ready(page: Page): Promise<void> {
  await page.evaluate(async () => { await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready; });
}

test('a purchase is told on the notifications page, once', async ({ page }) => {
  await signUp(page);
  await page.goto('/notifications');
  await expect(page.getByRole('main')).toContainText('Todo tranquilo');
  await putIntoCart(page, 3);
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);
  await page.goto('/notifications');
  await expect(page.getByRole('main')).toContainText('2 sin leer');
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, 'notifications');
  await page.getByRole('button', { name: `Tu pedido ${order} va en camino` }).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${order}$`));
  await page.goto('/notifications');
  await expect(page.getByRole('main')).toContainText('1 sin leer');
  await page.getByRole('button', { name: 'Marcar todo como leído' }).click();
  await expect(page.getByRole('main')).toContainText('Ya leíste todo');
});

test('preferences are kept', async ({ page }) => {
  await signUp(page);
  await page.goto('/notifications/settings');
  const mail = page.getByRole('checkbox', { name: 'Mensajes: Correo' });
  await expect(mail).toBeChecked();
  await mail.uncheck();
  await page.getByRole('button', { name: 'Guardar' }).click();
  await expect(page.getByRole('main')).toContainText('Guardamos tus preferencias');
  await expect(mail).not.toBeChecked();
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, 'notification-settings');
});

test('a push reaches the browser and leads to its page', async ({ page, context, baseURL }) => {
  const service = await startPushService();
  try {
    const browser = service.browser();
    await context.grantPermissions(['notifications']);
    await subscribeAt(page, browser.subscription);
    await signUp(page);
    await page.goto('/notifications/settings');
    await page.getByRole('button', { name: 'Activar en este dispositivo' }).click();
    await expect(page.getByText('Este dispositivo')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Activar en este dispositivo' })).toBeHidden();

    await putIntoCart(page, 4);
    await proceedToPayment(page);
    await pay(page);
    const [order] = await confirmedOrders(page);
    const received = [browser.read(await service.next()), browser.read(await service.next())];
    const shipped = received.find((message) => message.tag === `shipped:${order}`);
    expect(shipped).toBeTruthy();

    const { session, registration } = await workerSession(page);
    await expect.poll(registration).not.toBe('');
    await session.send('ServiceWorker.deliverPushMessage', { origin: String(baseURL), registrationId: registration(), data: JSON.stringify(shipped) });
    const shown = () => page.evaluate(async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map(({ title, tag, data }) => ({ title, tag, path: data.path }));
    });
    await expect.poll(shown).toEqual([{ title: shipped.title, tag: `shipped:${order}`, path: `/orders/${order}` }]);

    // The click, which no protocol makes for us, as the browser tells the worker of it.
    const worker = context.serviceWorkers()[0];
    await worker.evaluate(async () => {
      const scope = self as any;
      const [notification] = await scope.registration.getNotifications();
      scope.dispatchEvent(new (scope.NotificationEvent)('notificationclick', { notification }));
    });
    await expect(page).toHaveURL(new RegExp(`/orders/${order}$`));
    expect(await shown()).toEqual([]);

    // Removed here, it is removed there.
    await page.goto('/notifications/settings');
    await page.getByRole('button', { name: /^Quitar/ }).click();
    await expect(page.getByRole('main')).toContainText('ya no recibirá avisos');
    await expect(page.getByRole('button', { name: 'Activar en este dispositivo' })).toBeVisible();
    expect(rows('SELECT id FROM push_subscriptions WHERE endpoint = ?', browser.subscription.endpoint)).toEqual([]);
  } finally {
    await service.stop();
  }
});

test('nobody is asked for permission before they want it', async ({ page }) => {
  await signUp(page);
  await page.addInitScript(() => { Notification.requestPermission = () => { throw new Error('asked unasked'); }; });
  for (const path of ['/', '/notifications', '/notifications/settings', '/orders']) await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

/** The seed's service worker kept answers of the API: the next person at the browser could read them. */
test('the service worker keeps the offline page and nothing of anybody', async ({ page, context, watch }) => {
  await signUp(page);
  await ready(page);
  for (const path of ['/orders', '/profile', '/notifications', '/cart', '/', '/products']) await page.goto(path);
  await page.evaluate(async () => {
    for (const path of ['/api/products', '/api/health', '/api/orders', '/api/notifications/vapid-key']) await fetch(path);
  });
  watch.consoleErrors.length = 0; // the browser's own line on the 401 of /api/orders
  const kept = await page.evaluate(async () => {
    const found: { url: string; text: string }[] = [];
    for (const name of await caches.keys()) {
      const store = await caches.open(name);
      for (const request of await store.keys()) {
        found.push({ url: new URL(request.url).pathname, text: await (await store.match(request))!.text() });
      }
    }
    return found;
  });
  expect(kept.map(({ url }) => url.replace(/\.[0-9a-f]{16}\./, '.')).sort()).toEqual(['/assets/app.css', '/assets/icon.svg', '/offline']);
  for (const { url, text } of kept) expect(text, url).not.toContain('Lucía');

  await context.setOffline(true);
  await page.goto('/orders');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Sin conexión');
  await context.setOffline(false);
  await page.goto('/orders');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Mis pedidos');
});

test('the shop can be installed', async ({ page }) => {
  await page.goto('/');
  const session = await page.context().newCDPSession(page);
  const { errors, url } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(url).toContain('/manifest.webmanifest');
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // Playwright's browser contexts are private windows, from which nothing is installed.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
});

test('a developer reads mails in the outbox', async ({ page }) => {
  const email = await signUp(page);
  await expect.poll(() => rows('SELECT id FROM mails WHERE recipient = ?', email).length).toBeGreaterThan(0);
  await page.goto('/dev/outbox');
  await page.locator('.device', { hasText: email }).first().getByRole('link').click();
  await expect(page.getByRole('main')).toContainText('Hola, Lucía Zavala');
  expect(await violations(page)).toEqual([]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('preferences can be chosen and say what is missing', async ({ page }) => {
    await signUp(page);
    await page.goto('/notifications/settings');
    await expect(page.getByRole('main')).toContainText('hace falta JavaScript');
    await page.getByRole('checkbox', { name: 'Entregas: Dispositivos' }).uncheck();
    await page.getByRole('button', { name: 'Guardar' }).click();
    await expect(page.getByRole('checkbox', { name: 'Entregas: Dispositivos' })).not.toBeChecked();
  });
});
