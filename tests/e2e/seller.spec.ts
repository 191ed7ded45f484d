// A seller's whole day on a phone: from making the account to a parcel on its way.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { photo } from './support/photo.ts';
import { keepPicture } from './support/pictures.ts';
import { PASSWORD, confirmedOrders, newEmail, pay, proceedToPayment, putIntoCart, signIn, signUp } from './support/shop.ts';

const DESK = '/dashboard/vendedor';
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

let stories = 0;

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ ...PHONE, javaScriptEnabled });

    test('a seller opens a store, sells and ships', async ({ browser, page, watch }) => {
      test.slow();
      stories += 1;
      const store = `Telares Zavala ${process.pid}-${stories}`;
      const product = `Suéter de grecas ${process.pid}-${stories}`;
      const main = page.getByRole('main');
      const look = async (name: string) => {
        await fits(page);
        if (!javaScriptEnabled) return;
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await keepPicture(page, `seller ${name} ${colorScheme}`);
          expect(await violations(page), `${name}, ${colorScheme}`).toEqual([]);
        }
      };

      await register(page);
      await page.goto(DESK);
      await expect(main).toContainText('Prepara tu tienda');
      await look('overview new');

      await main.getByRole('link', { name: 'Cuenta qué haces' }).click();
      await page.getByLabel('Nombre de la tienda').fill(store);
      await page.getByLabel('Qué haces').fill('Suéteres y cobijas tejidos en familia desde 1974.');
      await page.getByLabel('Teléfono').fill('no tengo');
      await page.getByRole('button', { name: 'Guardar' }).click();
      await expect(page.getByLabel('Teléfono')).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByLabel('Nombre de la tienda'), 'nothing typed is lost').toHaveValue(store);
      await page.getByLabel('Teléfono').fill('445 457 10 21');
      await page.getByLabel('Municipio').fill('Moroleón');
      await page.getByLabel('Latitud').fill('20.1269');
      await page.getByLabel('Longitud').fill('-101.1917');
      await page.locator('input[type="file"]').setInputFiles(photo('taller.png', [0, 128, 128], 1600, 600));
      await page.getByRole('button', { name: 'Guardar' }).click();
      await expect(page.getByRole('status').first()).toContainText('Guardado');
      await look('profile');

      await page.goto(`${DESK}/products/new`);
      await page.getByLabel('Nombre', { exact: true }).fill(product);
      await page.getByLabel('Descripción').fill('Tejido en telar, 100% lana.');
      await page.getByLabel('Categoría').selectOption('sueteres');
      await page.getByLabel('Precio en pesos').fill('499.50');
      await page.getByLabel(/^Tallas, separadas/).fill('CH, M');
      await page.getByLabel(/^Colores, separados/).fill('Vino');
      await page.getByLabel(/^Colores, separados/).blur();
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Actualizar la tabla' }).click();
      await page.getByLabel('Piezas: CH · Vino').fill('3');
      await page.getByLabel('Piezas: M · Vino').fill('cinco');
      await page.getByLabel('Elegir fotos').setInputFiles([photo('frente.png', [120, 20, 50]), photo('detalle.png', [150, 40, 70])]);
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Subir las fotos' }).click();
      await expect(page.locator('.pic')).toHaveCount(2);
      await page.getByLabel('Qué se ve en la foto (1)').fill('Suéter de frente');
      await page.getByLabel('Color que muestra (1)').selectOption('Vino');
      await save(page);
      await expect(main).toContainText('Escribe un número entero');
      await look('product form with an error');
      await page.getByLabel('Piezas: M · Vino').fill('5');
      await page.getByLabel('Precio propio: M · Vino').fill('549');
      await save(page);
      await expect(page.getByRole('status').first()).toContainText('a la venta');
      await expect(main).toContainText(product);

      // The shelf: one more, then a count.
      await main.getByText('Existencias').click();
      await look('products');
      await main.getByRole('button', { name: new RegExp(`^Una más.*${product}.*M · Vino`) }).click();
      await expect(page.getByLabel(new RegExp(`^Piezas.*${product} M · Vino`))).toHaveValue('6');
      await page.getByLabel(new RegExp(`^Piezas.*${product} CH · Vino`)).fill('10');
      await main.getByRole('button', { name: new RegExp(`^Guardar.*CH · Vino`) }).click();
      await expect(main).toContainText('16 piezas');

      const [{ id }] = rows('SELECT id FROM products WHERE name = ?', product);
      const elsewhere = await browser.newContext({ javaScriptEnabled: true });
      const buyer = await elsewhere.newPage();
      const email = await signUp(buyer);
      await putIntoCart(buyer, Number(id));
      await buyer.goto(`/products/${id}`);
      await expect(buyer.locator('.gallery img').first()).toHaveAttribute('alt', 'Suéter de frente, color Vino');
      expect(await violations(buyer)).toEqual([]);
      await proceedToPayment(buyer);
      await pay(buyer);
      const [order] = await confirmedOrders(buyer);

      await page.goto(DESK);
      await expect(main).toContainText(`Pedido ${order}`);
      await look('overview');
      await page.goto(`${DESK}/orders`);
      await look('orders');
      await main.getByRole('link', { name: `Pedido ${order}` }).click();
      await expect(main).toContainText('CH · Vino');
      await look('order');
      await page.goto(`${DESK}/orders/${order}/slip`);
      await expect(main).toContainText(store);
      await look('slip');
      await page.goto(`${DESK}/orders/${order}`);
      await page.getByLabel(/^Paquetería/).fill('Estafeta');
      await page.getByLabel(/^Número de guía/).fill('MX-4471');
      await page.getByRole('button', { name: 'Marcar como enviado' }).click();
      await expect(page.getByRole('status').first()).toContainText('enviado');

      await buyer.goto(`/orders/${order}`);
      await expect(buyer.getByRole('main')).toContainText('MX-4471');
      await expect(buyer.getByRole('main')).toContainText('Estafeta');

      // Deleting asks first, and leaves what was bought alone.
      await page.goto(`${DESK}/products`);
      await main.getByRole('link', { name: new RegExp(`^Eliminar.*${product}`) }).click();
      await look('delete');
      await page.getByRole('button', { name: 'Sí, eliminar' }).click();
      await expect(main).not.toContainText(product);
      await buyer.reload();
      await expect(buyer.getByRole('main')).toContainText(product);
      expect(email).toBeTruthy();
      await elsewhere.close();
      watch.consoleErrors.length = 0; // the browser's own lines on the 422s
    });
  });
}

test('two windows over one product do not write over each other', async ({ context, page, watch }) => {
  const seller = 'vendedor3@test.com';
  await signIn(page, seller);
  const [{ id, name }] = rows(
    'SELECT p.id, p.name FROM products p JOIN stores s ON s.id = p.store_id JOIN users u ON u.id = s.owner_id WHERE u.email = ? ORDER BY p.id LIMIT 1',
    seller,
  );
  const other = await context.newPage();
  for (const window of [page, other]) await window.goto(`${DESK}/products/${id}`);
  await other.getByLabel('Precio en pesos').fill('333');
  await save(other);
  await expect(other.getByRole('status').first()).toContainText('Guardado');

  await page.getByLabel('Nombre', { exact: true }).fill(`${name} de fiesta`);
  await save(page);
  await expect(page.getByRole('alert').first()).toContainText('otra ventana');
  await expect(page.getByLabel('Nombre', { exact: true })).toHaveValue(`${name} de fiesta`);
  expect(rows('SELECT price_cents, name FROM products WHERE id = ?', String(id))).toEqual([{ price_cents: 33_300, name }]);
  await save(page);
  await expect(page.getByRole('main')).toContainText(`${name} de fiesta`);
  watch.consoleErrors.length = 0; // the browser's own line on the 409
});

test('a seller pays a whole order back, after being asked', async ({ browser, page }) => {
  await signUp(page);
  const [{ id, email }] = rows(
    'SELECT p.id, u.email FROM products p JOIN stores s ON s.id = p.store_id JOIN users u ON u.id = s.owner_id WHERE u.email = ? AND p.status = ? ORDER BY p.id DESC LIMIT 1',
    'vendedor4@test.com', 'active',
  );
  await putIntoCart(page, Number(id));
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);

  const elsewhere = await browser.newContext();
  const desk = await elsewhere.newPage();
  await signIn(desk, String(email));
  await desk.goto(`${DESK}/orders/${order}`);
  await desk.getByRole('link', { name: 'Reembolsar' }).click();
  await expect(desk.getByRole('main')).toContainText('No se puede deshacer');
  expect(await violations(desk)).toEqual([]);
  await desk.getByRole('button', { name: 'Sí, reembolsar' }).click();
  await expect(desk.getByRole('main')).toContainText('Reembolsado');
  await page.goto(`/orders/${order}`);
  await expect(page.getByRole('main')).toContainText('Reembolsado');
  await elsewhere.close();
});

test('who buys is told that the desk is for sellers', async ({ page, watch }) => {
  await page.goto(DESK);
  await expect(page).toHaveURL(/\/login/);
  await signUp(page);
  for (const path of [DESK, `${DESK}/products`, `${DESK}/products/new`, `${DESK}/store`, `${DESK}/orders`]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(403);
    await expect(page.getByRole('main')).toContainText('para quienes venden');
  }
  watch.consoleErrors.length = 0; // the browser's own lines on the 403s
});

async function register(page: Page): Promise<void> {
  await page.goto('/register');
  await page.locator('[name="role"][value="vendedor"]').check();
  await page.fill('[name="name"]', 'Lucía Zavala');
  await page.fill('[name="email"]', newEmail());
  await page.fill('[name="password"]', PASSWORD);
  await page.click('button[type="submit"]');
  await expect(page).not.toHaveURL(/\/register/);
}

async function save(page: Page): Promise<void> {
  await page.locator('#save').click();
}

async function fits(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: window.innerWidth,
  }));
  expect(content, `the width of ${page.url()}`).toBeLessThanOrEqual(screen);
}
