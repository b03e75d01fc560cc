import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { expect, test } from 'vitest';
import type { Scene } from './scene.ts';

/** What an open page does while parts of the mesh are down, and when they are back. */
export const recoveryTests = (scene: () => Scene): void => {
  const main = () => scene().page.getByRole('main');
  const strip = () => main().getByRole('status').first();
  const isWell = () => expect.poll(() => strip().textContent()).toBe('');
  const show = async (title: string, text: string) => {
    await scene().page.getByRole('link', { name: title, exact: true }).click();
    await main().getByText(text, { exact: false }).first().waitFor();
  };
  const nameOf = (service: ServiceName) => service.charAt(0).toUpperCase() + service.slice(1);

  test('says what one service that is down means, and recovers by itself', async () => {
    const { shop } = scene();
    await show('Catalogue', 'Cup');
    await shop.mesh.service('product').stop();
    await strip().getByText('Product does not answer').waitFor();
    await show('Orders', 'cannot be had now');
    await shop.mesh.start('product');
    await main().getByText('first-order').waitFor();
    await isWell();
  });

  test('stays while all services are down, keeps what it showed, and recovers by itself', async () => {
    const { shop } = scene();
    await show('Orders', 'first-order');
    await Promise.all(serviceNames.map((name) => shop.mesh.service(name).stop()));
    for (const name of serviceNames)
      await strip()
        .getByText(`${nameOf(name)} does not answer`)
        .waitFor();
    expect(await main().getByText('first-order').first().isVisible()).toBe(true);
    await show('Users', 'cannot be had now');
    await Promise.all(serviceNames.map((name) => shop.mesh.start(name)));
    await main().getByText('ada@example.com').waitFor();
    await isWell();
  });

  test('says that the database is down, and recovers by itself', async () => {
    const { shop } = scene();
    await shop.mesh.postgres.stop();
    await strip().getByText('User: postgres is down').waitFor();
    await shop.mesh.postgres.start();
    await isWell();
    await show('Users', 'ada@example.com');
  });

  test('says that Kafka is down, and recovers by itself', async () => {
    const { shop } = scene();
    await shop.mesh.broker.stop();
    await strip().getByText('kafka is down').first().waitFor();
    await show('Dead letters', 'Kafka does not answer');
    await shop.mesh.broker.start();
    await main().getByRole('heading', { name: 'By reason' }).waitFor();
    await isWell();
  });
};
