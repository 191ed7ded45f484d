// The address book: kept, changed, deleted, and chosen from at the checkout.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { rows, write } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { confirmedOrders, pay, proceedToPayment, putIntoCart, signUp } from './support/shop.ts';

const HOME = { street: 'Hidalgo 12', neighborhood: 'Centro', postalCode: '38800' };
const MOTHER = { street: 'Morelos 7', neighborhood: 'El Llanito', postalCode: '38980' };

/** Types an address into the form at hand. */
async function fillIn(page: Page, { street, neighborhood, postalCode }: typeof HOME): Promise<void> {
  await page.getByLabel('Quién recibe').fill('Lucía Zavala');
  await page.getByLabel('Teléfono').fill('445 457 1021');
  await page.getByLabel('Calle y número').fill(street);
  await page.getByLabel('Colonia').fill(neighborhood);
  await page.getByLabel('Municipio').fill('Moroleón');
  await page.getByLabel('Estado', { exact: true }).fill('Guanajuato');
  await page.getByLabel('Código postal').fill(postalCode);
}

/** Adds it on the page of addresses, and leaves the page there. */
async function keep(page: Page, address: typeof HOME): Promise<void> {
  await page.goto('/profile/addresses');
  await page.getByRole('link', { name: 'Agregar una dirección' }).click();
  await fillIn(page, address);
  await page.getByRole('button', { name: 'Guardar dirección' }).click();
  await expect(page).toHaveURL(/notice=address_kept/);
}

/** The card of an address in the book. */
const card = (page: Page, street: string) => page.getByRole('main').getByRole('listitem').filter({ has: page.locator('address', { hasText: street }) });

/** Where an order goes. */
function destination(order: string): Record<string, string> {
  const sql = 'SELECT p.shipping_address FROM orders o JOIN purchases p ON p.id = o.purchase_id WHERE o.id = ?';
  return JSON.parse(String(rows(sql, order)[0].shipping_address));
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'in a browser with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a buyer keeps two addresses, changes one, and deletes the default', async ({ page }) => {
      await signUp(page);
      await page.goto('/profile');
      await expect(page.getByRole('main')).toContainText('Aún no guardas una dirección');
      await keep(page, HOME);
      await keep(page, MOTHER);
      await expect(card(page, HOME.street)).toContainText('Predeterminada');
      await expect(page.getByText('Predeterminada', { exact: true })).toHaveCount(1);

      await card(page, MOTHER.street).getByRole('button', { name: 'Usar como predeterminada' }).click();
      await expect(card(page, MOTHER.street)).toContainText('Predeterminada');
      await expect(page.getByText('Predeterminada', { exact: true })).toHaveCount(1);
      await page.goto('/profile');
      await expect(page.locator('address')).toContainText(MOTHER.street);
      await page.getByRole('link', { name: 'Ver y cambiar mis direcciones' }).click();

      await card(page, HOME.street).getByRole('link', { name: 'Cambiar' }).click();
      await page.getByLabel('Calle y número').fill('Hidalgo 120');
      await page.getByRole('button', { name: 'Guardar dirección' }).click();
      await expect(card(page, 'Hidalgo 120')).toBeVisible();

      await card(page, MOTHER.street).getByRole('link', { name: 'Borrar' }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('¿Borrar esta dirección?');
      await page.getByRole('link', { name: 'Cancelar' }).click();
      await card(page, MOTHER.street).getByRole('link', { name: 'Borrar' }).click();
      await page.getByRole('button', { name: 'Sí, borrar' }).click();
      await expect(card(page, MOTHER.street)).toHaveCount(0);
      await expect(card(page, 'Hidalgo 120')).toContainText('Predeterminada');
    });

    test('a purchase goes to the address that was chosen, and nothing is typed again', async ({ page }) => {
      await signUp(page);
      await putIntoCart(page, 2);
      await page.getByRole('link', { name: 'Proceder al Pago' }).click();
      await expect(page.getByRole('heading', { name: '¿A dónde lo enviamos?' }), 'asked first').toBeVisible();
      await fillIn(page, HOME);
      await page.getByRole('button', { name: 'Proceder al Pago' }).click();
      await page.waitForURL(/checkout\.stripe\.com/);
      await pay(page);
      const [first] = await confirmedOrders(page);
      expect(destination(first)).toMatchObject(HOME);

      await putIntoCart(page, 3);
      await page.getByRole('link', { name: 'Elegir la dirección de envío' }).click();
      await expect(page.getByRole('radio', { name: HOME.street })).toBeChecked();
      await page.getByRole('radio', { name: 'Otra dirección' }).check();
      await fillIn(page, MOTHER);
      await page.getByRole('button', { name: 'Proceder al Pago' }).click();
      await page.waitForURL(/checkout\.stripe\.com/);
      await pay(page);
      const [second] = await confirmedOrders(page);
      expect(destination(second)).toMatchObject(MOTHER);

      await putIntoCart(page, 5);
      await page.getByRole('link', { name: 'Elegir la dirección de envío' }).click();
      await expect(page.getByRole('radio', { name: HOME.street }), 'the default stays').toBeChecked();
      await page.getByRole('radio', { name: MOTHER.street }).check();
      await page.getByRole('button', { name: 'Proceder al Pago' }).click();
      await page.waitForURL(/checkout\.stripe\.com/);
      await pay(page);
      const [third] = await confirmedOrders(page);
      expect(destination(third)).toMatchObject(MOTHER);
      await page.goto(`/orders/${third}`);
      await expect(page.locator('address')).toContainText(MOTHER.street);

      await page.goto('/profile/addresses');
      await expect(page.locator('address')).toHaveCount(2);
      await putIntoCart(page, 6);
      await expect(page.getByRole('main')).toContainText(`Se envía a Lucía Zavala, ${HOME.street}`);
      await proceedToPayment(page);
      await pay(page);
      const [fourth] = await confirmedOrders(page);
      expect(destination(fourth), 'from the cart it goes to the default').toMatchObject(HOME);
    });
  });
}

test("a form with somebody else's address buys nothing, and says so", async ({ page, watch }) => {
  await signUp(page);
  await keep(page, HOME);
  await putIntoCart(page, 2);
  await page.goto('/checkout');
  await page.getByRole('radio', { name: HOME.street }).evaluate((radio: HTMLInputElement) => {
    radio.value = '1'; // of a demo buyer
  });
  await page.getByRole('button', { name: 'Proceder al Pago' }).click();
  await expect(page.getByRole('alert')).toContainText('ya no está en tu lista');
  await expect(page.getByRole('radio', { name: HOME.street })).toBeChecked();
  watch.consoleErrors.length = 0; // the browser's own line on the 422
});

test('what is wrong with a new address is said beside it, and what was typed stays', async ({ page, watch }) => {
  await signUp(page);
  await keep(page, HOME);
  await putIntoCart(page, 2);
  await page.goto('/checkout');
  await expect(page.getByLabel('Calle y número'), 'not in the way').toBeHidden();
  await page.getByRole('radio', { name: 'Otra dirección' }).check();
  await fillIn(page, { ...MOTHER, postalCode: '389' });
  await page.getByRole('button', { name: 'Proceder al Pago' }).click();
  await expect(page.getByLabel('Código postal')).toHaveAccessibleDescription(/cinco dígitos/);
  await expect(page.getByLabel('Calle y número')).toHaveValue(MOTHER.street);
  await expect(page.getByRole('radio', { name: 'Otra dirección' })).toBeChecked();
  watch.consoleErrors.length = 0; // the browser's own line on the 422
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('the pages of addresses have no barrier', async ({ page }) => {
      const hasNone = async (what: string) => {
        await keepPicture(page, `${what} ${colorScheme}`);
        expect(await violations(page), what).toEqual([]);
        await page.setViewportSize({ width: 390, height: 844 });
        await keepPicture(page, `${what} phone ${colorScheme}`);
        expect(await violations(page), `${what} on a phone`).toEqual([]);
        await page.setViewportSize({ width: 1280, height: 900 });
      };
      await signUp(page);
      await page.goto('/profile/addresses');
      await hasNone('no addresses');
      await page.getByRole('link', { name: 'Agregar una dirección' }).click();
      await hasNone('a new address');
      await keep(page, HOME);
      await keep(page, MOTHER);
      await hasNone('addresses');
      await card(page, MOTHER.street).getByRole('link', { name: 'Borrar' }).click();
      await hasNone('an address to be deleted');
      await putIntoCart(page, 2);
      await page.goto('/checkout');
      await hasNone('a checkout with addresses');
      await page.getByRole('radio', { name: 'Otra dirección' }).check();
      await hasNone('a checkout with another address');
      await page.goto('/profile');
      await hasNone('a profile with an address');
    });
  });
}

test('cancelling a paid order asks first', async ({ page }) => {
  // Of a store that no other story buys from: it sends by hand, so that there is time to cancel.
  write('UPDATE stores SET auto_dispatch = 0 WHERE id = (SELECT store_id FROM products WHERE id = 150)');
  await signUp(page);
  await putIntoCart(page, 150);
  await proceedToPayment(page);
  await pay(page);
  const [order] = await confirmedOrders(page);
  await page.goto(`/orders/${order}`);
  await page.getByRole('link', { name: 'Cancelar y pedir reembolso' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`¿Cancelar el pedido ${order}?`);
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, 'a refund to be confirmed');
  await page.getByRole('link', { name: 'Conservar el pedido' }).click();
  await expect(page.getByRole('main')).toContainText('Pagado');
  await page.getByRole('link', { name: 'Cancelar y pedir reembolso' }).click();
  await page.getByRole('button', { name: 'Sí, cancelar y pedir reembolso' }).click();
  await expect(page.getByRole('main')).toContainText('Reembolsado');
});
